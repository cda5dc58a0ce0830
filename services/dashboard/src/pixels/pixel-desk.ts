import type { Verdict } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Data } from '../api/data';
import { unprocessable } from '../api/fields';
import { AuditLog } from '../audit/audit-log';
import type { AuditAction } from '../audit/audit.dto';
import { InternalApi } from '../internal-api/internal-api';
import type { Actor } from '../sign-in/principal';
import type { PixelDetailView, PixelTestDto, PixelTestView, SentRequestView } from './pixel.dto';
import { PixelView } from './pixel.dto';
import type { PixelEntity } from './pixel.entity';
import { PixelStateStore } from './pixel-state.store';
import { PixelsService } from './pixels.service';

interface Waiting {
  readonly waiting?: number;
  readonly oldestWaitingAt?: string;
}

interface TestResult {
  readonly sentAt: string;
  readonly request: SentRequestView;
  readonly httpStatus?: number;
  readonly rawAnswer?: string;
  readonly code?: number;
  readonly message?: string;
  readonly verdict: Verdict;
  readonly explanation: string;
  readonly isResumed?: boolean;
}

/** TikTok may take its time, and the answer is what the person waits for. */
const TEST_TIMEOUT_MS = 30_000;

/** What can be done with a pixel beyond its settings: it is the dispatcher that does it. */
@Injectable()
export class PixelDesk {
  constructor(
    private readonly pixels: PixelsService,
    private readonly api: InternalApi,
    private readonly audit: AuditLog,
    private readonly states: PixelStateStore,
    private readonly dataSource: DataSource,
  ) {}

  /** @throws Problem 404 */
  async detail(pixelId: string): Promise<PixelDetailView> {
    const { pixel, state } = await this.pixels.get(pixelId);
    const told = await this.api.askIfThere<Waiting>('tiktok-dispatcher', `/v1/pixels/${pixelId}`);
    const view: Data<PixelView> = PixelView.of(pixel, state);
    return {
      ...view,
      isDispatcherReachable: told !== null,
      waiting: told?.waiting ?? null,
      oldestWaitingAt: told?.oldestWaitingAt ?? null,
    };
  }

  /** @throws Problem 404, 422 without any test code, 503 while the dispatcher is away. */
  async test(pixelId: string, { testEventCode }: PixelTestDto, actor: Actor): Promise<PixelTestView> {
    const { pixel } = await this.pixels.get(pixelId);
    if (testEventCode === undefined && pixel.testEventCode === null) {
      throw unprocessable([
        {
          field: 'testEventCode',
          message: 'is required: take it from TikTok Events Manager → your pixel → Test events',
        },
      ]);
    }
    const result = await this.api.command<TestResult>('tiktok-dispatcher', `/v1/pixels/${pixelId}/test`, {
      body: testEventCode === undefined ? {} : { testEventCode },
      timeoutMs: TEST_TIMEOUT_MS,
    });
    if (result.verdict === 'accepted')
      await this.states.noteAcceptedTest(this.dataSource, pixelId, result.sentAt);
    await this.note(pixel, 'tested', actor);
    return {
      sentAt: result.sentAt,
      request: result.request,
      httpStatus: result.httpStatus ?? null,
      rawAnswer: result.rawAnswer ?? null,
      code: result.code ?? null,
      message: result.message ?? null,
      verdict: result.verdict,
      explanation: result.explanation,
      isResumed: result.isResumed ?? false,
    };
  }

  /** @throws Problem 404, 503 while the dispatcher is away. */
  async resume(pixelId: string, actor: Actor): Promise<PixelDetailView> {
    const { pixel } = await this.pixels.get(pixelId);
    await this.api.command('tiktok-dispatcher', `/v1/pixels/${pixelId}/resume`, { method: 'POST' });
    await this.note(pixel, 'resumed', actor);
    return this.detail(pixelId);
  }

  private note({ pixelId, name }: PixelEntity, action: AuditAction, actor: Actor): Promise<void> {
    return this.audit.note({ actor, action, subject: { kind: 'pixel', id: pixelId, name } });
  }
}
