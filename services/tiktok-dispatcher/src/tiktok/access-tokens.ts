import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import {
  openSecret,
  parseSecretKeys,
  secretRecords,
  type PixelConfigured,
  type SecretKeyring,
} from '@clickjoin/contracts';
import { DispatcherConfig } from '../config';

/** What may stand in a header's value. */
const HEADER_VALUE = /^[\x21-\x7e]+$/;

type Sealed = Pick<PixelConfigured, 'pixelId' | 'accessToken'>;

/** Opens the pixels' tokens, for one request each; keeps digests only. */
@Injectable()
export class AccessTokens {
  private readonly logger = new Logger(AccessTokens.name);
  private readonly keyring: SecretKeyring;
  /** Of a settings record, for as long as somebody holds it. */
  private readonly digests = new WeakMap<Sealed, string>();

  constructor(config: DispatcherConfig) {
    this.keyring = parseSecretKeys(config.secretKeys);
  }

  /** @returns undefined when it does not open, or is no header value */
  open({ pixelId, accessToken }: Sealed): string | undefined {
    try {
      const token = openSecret(this.keyring, secretRecords.pixelAccessToken(pixelId), accessToken);
      return HEADER_VALUE.test(token) ? token : undefined;
    } catch (error) {
      // Names the key and the record, never the secret.
      this.logger.error({ err: error, pixelId }, 'the access token of a pixel does not open');
      return undefined;
    }
  }

  /** By what the rate limit knows a token: pixels with the same one share its limit. */
  digestOf(pixel: Sealed): string {
    const known = this.digests.get(pixel);
    if (known !== undefined) return known;
    const digest = createHash('sha256')
      .update(`rate limit of ${this.open(pixel) ?? pixel.pixelId}`)
      .digest('hex');
    this.digests.set(pixel, digest);
    return digest;
  }
}
