import type { Clock } from '@clickjoin/contracts';
import { CLOCK } from '@clickjoin/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log';
import { InternalApi } from '../internal-api/internal-api';
import type { Actor } from '../sign-in/principal';
import type { ErasureView } from './erasure.dto';

interface Told {
  readonly joins?: number;
  readonly joinIds?: readonly string[];
  readonly erasedAt?: string;
}

const TIMEOUT_MS = 30_000;

/** Begins with the attribution-service, which alone knows whose clicks they are; it tells all others by a topic. */
@Injectable()
export class Erasures {
  constructor(
    private readonly api: InternalApi,
    private readonly audit: AuditLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws Problem 503 while the attribution-service is away: then nothing was erased. */
  async erase(telegramUserId: string, actor: Actor): Promise<ErasureView> {
    const told = await this.api.command<Told>('attribution-service', '/v1/erasures', {
      body: { telegramUserId },
      timeoutMs: TIMEOUT_MS,
    });
    const joins = told.joins ?? told.joinIds?.length ?? 0;
    // Without the id: the list of changes must not remember whom everything else forgets.
    await this.audit.note({
      actor,
      action: 'erased',
      subject: { kind: 'person', id: '', name: `${joins} joins` },
    });
    return { joins, erasedAt: told.erasedAt ?? new Date(this.clock.now()).toISOString() };
  }
}
