import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Clock } from '@clickjoin/contracts';
import { CLOCK } from '@clickjoin/service-kit';
import { writeRequest } from '../build-request/write-request';
import { DispatcherConfig } from '../config';
import { PERMIT_VALID_MS } from '../rate-limit/permits';
import { Presence } from '../presence/presence';
import { SendRates } from '../rate-limit/send-rates';
import { AccessTokens } from '../tiktok/access-tokens';
import { TikTokSender } from '../tiktok/tiktok-sender';
import type { Answer } from '../verdict/judge';
import type { ClaimedRequest } from './claimed-request';

/** Sends a claimed request at its time, if that has not passed. */
@Injectable()
export class RequestSender {
  private readonly logger = new Logger(RequestSender.name);
  private readonly latestStartMs: number;

  constructor(
    private readonly sender: TikTokSender,
    private readonly rates: SendRates,
    private readonly tokens: AccessTokens,
    private readonly presence: Presence,
    config: DispatcherConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.latestStartMs = config.leaseMarginMs / 2;
  }

  /** Never rejects. */
  async send(request: ClaimedRequest): Promise<Answer> {
    const isInTime = await this.awaitPermit(request).catch((error: unknown) => {
      this.logger.error({ err: error }, 'a request could not be begun');
      return false;
    });
    // A process that stood still here (swapped, stopped) may find its delivery in another's hands: two requests at a time.
    if (!isInTime || this.clock.now() - request.startedAt > this.latestStartMs)
      return { kind: 'failure', failure: 'not-sent' };
    return this.sender.send(request.pixel, writeRequest(request.deliveries.map(({ event }) => event)));
  }

  /** @returns false when the lease has become too short meanwhile, or nobody can be shown that this instance lives */
  private async awaitPermit({ pixel, startedAt, goesAt: first }: ClaimedRequest): Promise<boolean> {
    let goesAt = first;
    while (this.clock.now() - startedAt <= this.latestStartMs) {
      const waitMs = goesAt - performance.now();
      if (waitMs > 0) await pause(waitMs);
      // Without proof that it lives, its deliveries may be taken for those of a dead instance.
      if (!this.presence.isProven()) await this.presence.prove();
      if (!this.presence.isProven()) return false;
      if (performance.now() <= goesAt + PERMIT_VALID_MS) return true;
      // Overslept: those who have the next permits count on this one's time being over.
      const permits = await this.rates.reserveOne(this.tokens.digestOf(pixel));
      if (permits === undefined) return false;
      if (permits.granted === 0) await pause(permits.firstInMs);
      else goesAt = permits.countedFrom + permits.firstInMs;
    }
    return false;
  }
}
