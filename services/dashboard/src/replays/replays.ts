import { Injectable } from '@nestjs/common';
import { unprocessable } from '../api/fields';
import { AuditLog } from '../audit/audit-log';
import { InternalApi } from '../internal-api/internal-api';
import type { Actor } from '../sign-in/principal';
import type { ReplayDto, ReplayRefusalView, ReplayView } from './replay.dto';

interface Told {
  readonly matched: number;
  /** How many it was in earnest, and how many it would be in a dry run. */
  readonly replayed?: number;
  readonly replayable?: number;
  readonly refused?: readonly (Omit<ReplayRefusalView, 'conversionId'> & {
    readonly conversionId?: string;
  })[];
  readonly refusedCount?: number;
}

/** A filter may name very many. */
const TIMEOUT_MS = 30_000;

@Injectable()
export class Replays {
  constructor(
    private readonly api: InternalApi,
    private readonly audit: AuditLog,
  ) {}

  /** @throws Problem 422 for neither or both of ids and filter, 503 while the dispatcher is away. */
  async replay(replay: ReplayDto, actor: Actor): Promise<ReplayView> {
    const { deliveryIds, filter, dryRun, confirmedUnsent } = replay;
    if ((deliveryIds === undefined) === (filter === undefined))
      throw unprocessable([{ field: 'filter', message: 'or deliveryIds must be given, and not both' }]);
    const told = await this.api.command<Told>('tiktok-dispatcher', '/v1/replays', {
      body: {
        ...(deliveryIds === undefined ? { filter } : { deliveryIds: [...new Set(deliveryIds)] }),
        ...(confirmedUnsent === undefined ? {} : { confirmedUnsent }),
        dryRun,
      },
      timeoutMs: TIMEOUT_MS,
    });
    const { matched, refused = [], refusedCount = refused.length } = told;
    const replayed = told.replayed ?? told.replayable ?? 0;
    if (!dryRun) {
      await this.audit.note({
        actor,
        action: 'replayed',
        subject: {
          kind: 'delivery',
          id: deliveryIds?.length === 1 ? (deliveryIds[0] ?? '') : '',
          name: `${replayed} of ${matched}`,
        },
        changes: Object.entries(filter ?? {}).map(([field, value]) => ({
          field,
          before: null,
          after: Array.isArray(value) ? value.join(', ') : String(value),
        })),
      });
    }
    return {
      dryRun,
      matched,
      replayed,
      refusedCount,
      refused: refused.map((each) => ({ ...each, conversionId: each.conversionId ?? null })),
    };
  }
}
