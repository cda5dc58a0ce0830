import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { DEFAULT_EVENT_TYPE, type Clock, type PixelConfigured, type Verdict } from '@clickjoin/contracts';
import { CLOCK } from '@clickjoin/service-kit';
import { buildEvent } from '../build-request/build-event';
import { writeRequest } from '../build-request/write-request';
import { DispatcherConfig } from '../config';
import { PixelPauses, RESUMED } from '../pause-pixel/pixel-pauses';
import { sampleConversion } from '../preview-event/sample-conversion';
import { SendRates } from '../rate-limit/send-rates';
import { SendWorker } from '../send/send.worker';
import { AccessTokens } from '../tiktok/access-tokens';
import { shownRequest, type ShownRequest } from '../tiktok/shown-request';
import { TikTokSender } from '../tiktok/tiktok-sender';
import { judge } from '../verdict/judge';

/** What came of a test event. */
export interface PixelTest {
  readonly sentAt: string;
  readonly request: ShownRequest;
  /** Absent when there was no answer. */
  readonly httpStatus?: number;
  /** The answer's body, as it came. */
  readonly rawAnswer?: string;
  readonly code?: number;
  readonly message?: string;
  readonly verdict: Verdict;
  readonly explanation: string;
  /** The pixel was paused since TikTok refused it, and is no more. */
  readonly isResumed: boolean;
}

/** An answer may be a page of a gateway. */
const RAW_ANSWER_MAX = 20_000;
const PERMIT_TRIES = 10;

/** Sends a made-up event that is shown in Events Manager and not counted. */
@Injectable()
export class PixelTests {
  private readonly logger = new Logger(PixelTests.name);

  constructor(
    private readonly sender: TikTokSender,
    private readonly rates: SendRates,
    private readonly tokens: AccessTokens,
    private readonly pauses: PixelPauses,
    private readonly worker: SendWorker,
    private readonly config: DispatcherConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @param testEventCode never empty: without one, the event would count */
  async test(pixel: PixelConfigured, testEventCode: string): Promise<PixelTest> {
    await this.awaitPermit(pixel);
    const { pixelId, siteId, version, pixelCode, wireFormat } = pixel;
    const conversion = sampleConversion(
      randomUUID(),
      { chatId: '-1000000000000', siteId, title: 'Clickjoin test event' },
      this.clock.now(),
    );
    const channel = { eventType: DEFAULT_EVENT_TYPE };
    const built = buildEvent(conversion, channel, { pixelCode, wireFormat, testEventCode });
    if (!built.ok) throw new Error(built.explanation);
    const request = writeRequest([built.event]);
    const sentAt = new Date(this.clock.now()).toISOString();
    const answer = await this.sender.send(pixel, request);
    const { verdict, explanation, httpStatus, code, message } = judge(answer);
    const isResumed =
      verdict === 'accepted' && !pixel.isPaused && (await this.pauses.resume(pixel, RESUMED.testAccepted));
    if (isResumed) this.worker.wakeForUpkeep();
    this.logger.log({ pixelId, version, verdict, code, httpStatus, isResumed }, 'a test event was sent');
    return {
      sentAt,
      request: shownRequest(this.config.tiktokApiUrl, request),
      ...(httpStatus === undefined ? {} : { httpStatus }),
      ...(answer.kind === 'answer' ? { rawAnswer: answer.bodyText.slice(0, RAW_ANSWER_MAX) } : {}),
      ...(code === undefined ? {} : { code }),
      ...(message === undefined ? {} : { message }),
      verdict,
      explanation,
      isResumed,
    };
  }

  /** Somebody waits for the answer: after a while it goes without, and TikTok says what it thinks of that. */
  private async awaitPermit(pixel: PixelConfigured): Promise<void> {
    for (let tries = 0; tries < PERMIT_TRIES; tries++) {
      const permits = await this.rates.reserveOne(this.tokens.digestOf(pixel));
      await pause(Math.min(500, permits?.firstInMs ?? 0));
      if (permits !== undefined && permits.granted > 0) return;
    }
  }
}
