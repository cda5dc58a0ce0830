import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Clock, PixelConfigured } from '@clickjoin/contracts';
import { CLOCK } from '@clickjoin/service-kit';
import type { TikTokRequest } from '../build-request/write-request';
import { DispatcherConfig } from '../config';
import { Presence } from '../presence/presence';
import type { Answer } from '../verdict/judge';
import { AccessTokens } from './access-tokens';
import { TikTokClient } from './tiktok-client';

/** Sends a request, with the token opened for it and forgotten after it. */
@Injectable()
export class TikTokSender implements OnApplicationShutdown {
  private readonly client: TikTokClient;

  constructor(
    private readonly tokens: AccessTokens,
    presence: Presence,
    config: DispatcherConfig,
    @Inject(CLOCK) clock: Clock,
  ) {
    // Others are about to take what this instance has under way: two requests of one delivery at a time.
    presence.whenLost(() => this.client.cut());
    this.client = new TikTokClient(
      {
        baseUrl: config.tiktokApiUrl,
        requestTimeoutMs: config.requestTimeoutMs,
        allowPrivateAddress: config.allowPrivateTiktokUrl,
      },
      clock,
    );
  }

  /** Never rejects. */
  async send(pixel: PixelConfigured, { path, body }: TikTokRequest): Promise<Answer> {
    const token = this.tokens.open(pixel);
    if (token === undefined) return { kind: 'failure', failure: 'token-unusable' };
    return this.client.post(path, body, token);
  }

  /** Cuts all requests that are under way. */
  async onApplicationShutdown(): Promise<void> {
    await this.client.close();
  }
}
