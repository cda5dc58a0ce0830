import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import {
  openSecret,
  parseSecretKeys,
  secretRecords,
  type Clock,
  type PixelConfigured,
  type SecretKeyring,
} from '@clickjoin/contracts';
import { CLOCK } from '@clickjoin/service-kit';
import { DispatcherConfig } from '../config';
import type { Answer } from '../verdict/judge';
import type { ClaimedDelivery } from './claimed-delivery';
import { TikTokClient } from './tiktok-client';

/** What may stand in a header's value. */
const HEADER_VALUE = /^[\x21-\x7e]+$/;

/** Sends one attempt, with the token opened for this request and forgotten after it. */
@Injectable()
export class Sender implements OnApplicationShutdown {
  private readonly logger = new Logger(Sender.name);
  private readonly keyring: SecretKeyring;
  private readonly client: TikTokClient;
  private readonly latestStartMs: number;

  constructor(
    config: DispatcherConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.keyring = parseSecretKeys(config.secretKeys);
    this.client = new TikTokClient(
      {
        baseUrl: config.tiktokApiUrl,
        requestTimeoutMs: config.requestTimeoutMs,
        maxConnections: config.maxInFlight,
      },
      clock,
    );
    this.latestStartMs = config.leaseMarginMs / 2;
  }

  /** Never rejects. */
  async send({ pixel, path, body, startedAt }: ClaimedDelivery): Promise<Answer> {
    // A process that stood still here (swapped, stopped) may find its delivery in another's hands: two requests at a time.
    if (this.clock.now() - startedAt > this.latestStartMs) return { kind: 'failure', failure: 'not-sent' };
    const token = this.tokenOf(pixel);
    if (token === undefined) return { kind: 'failure', failure: 'token-unusable' };
    return this.client.post(path, body, token);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.client.close();
  }

  private tokenOf({ pixelId, accessToken }: PixelConfigured): string | undefined {
    try {
      const token = openSecret(this.keyring, secretRecords.pixelAccessToken(pixelId), accessToken);
      return HEADER_VALUE.test(token) ? token : undefined;
    } catch (error) {
      // Names the key and the record, never the secret.
      this.logger.error({ err: error, pixelId }, 'the access token of a pixel does not open');
      return undefined;
    }
  }
}
