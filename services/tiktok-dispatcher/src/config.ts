import { parseSecretKeys } from '@clickjoin/contracts';
import { DatabaseConfig, Env, SecretKeys } from '@clickjoin/service-kit';
import { IsInt, IsString, Max, Min } from 'class-validator';

export class DispatcherConfig extends DatabaseConfig {
  override readonly port: number = 4004;

  /** The only place that a token is ever sent to. */
  @Env({ check: checkBaseUrl })
  @IsString()
  readonly tiktokApiUrl: string = 'https://business-api.tiktok.com/open_api/v1.3';

  /** Opens the pixels' access tokens. */
  @SecretKeys(parseSecretKeys)
  @IsString()
  readonly secretKeys!: string;

  /** How long TikTok may take for an answer; after that it may have the event, or not. */
  @IsInt() @Min(100) @Max(60_000) readonly requestTimeoutMs: number = 10_000;

  /** Requests at the same time, in this process. */
  @IsInt() @Min(1) @Max(1_000) readonly maxInFlight: number = 64;

  /** Of these for one pixel: a pixel that hangs must leave room for the others. */
  @IsInt() @Min(1) @Max(1_000) readonly maxInFlightPerPixel: number = 16;

  /** The window of the first retry; it doubles with each one. */
  @IsInt() @Min(1) @Max(600_000) readonly retryBaseMs: number = 1_000;

  /** How much longer than a request a delivery stays leased: for our own work before and after it. */
  @IsInt() @Min(100) @Max(600_000) readonly leaseMarginMs: number = 10_000;
}

function checkBaseUrl(text: string): void {
  const { protocol, username, password, search, hash } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') throw new Error('must be an http(s) URL');
  if (username + password + search + hash !== '')
    throw new Error('must be an address and a path, nothing else');
}
