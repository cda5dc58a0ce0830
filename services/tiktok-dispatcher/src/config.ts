import { parseSecretKeys } from '@clickjoin/contracts';
import { BaseUrl, DatabaseConfig, Env, SecretKeys } from '@clickjoin/service-kit';
import { IsBoolean, IsInt, IsISO8601, IsString, Matches, Max, Min } from 'class-validator';

export class DispatcherConfig extends DatabaseConfig {
  override readonly port: number = 4004;

  /** The only place that a token is ever sent to. */
  @BaseUrl()
  readonly tiktokApiUrl: string = 'https://business-api.tiktok.com/open_api/v1.3';

  /**
   * Lets that be plain HTTP, or an address of a private network: for the sandbox, or a gateway of one's own. Otherwise
   * a name that somebody has turned would have the tokens sent to him.
   */
  @IsBoolean() readonly allowPrivateTiktokUrl: boolean = false;

  /** For each access token, over all instances. TikTok allows 1,000 (reference/tiktok-events-api.md §4). */
  @IsInt() @Min(1) @Max(1_000) readonly maxRequestsPerSecond: number = 500;

  /** Opens the pixels' access tokens. */
  @SecretKeys(parseSecretKeys)
  @IsString()
  readonly secretKeys!: string;

  /** How long TikTok may take for an answer; after that it may have the event, or not. */
  @IsInt() @Min(100) @Max(60_000) readonly requestTimeoutMs: number = 10_000;

  /** Requests at the same time, in this process; each pixel may have one beyond it. */
  @IsInt() @Min(1) @Max(1_000) readonly maxInFlight: number = 64;

  /** Of these for one pixel: a pixel that hangs must leave room for the others. */
  @IsInt() @Min(1) @Max(1_000) readonly maxInFlightPerPixel: number = 16;

  /** The window of the first retry; it doubles with each one. */
  @IsInt() @Min(1) @Max(600_000) readonly retryBaseMs: number = 1_000;

  /** How much longer than a request a delivery stays leased: for our own work before and after it. */
  @IsInt() @Min(100) @Max(600_000) readonly leaseMarginMs: number = 10_000;

  /**
   * How long the event as it was sent is kept after its delivery has ended, in days: it holds the visitor's address
   * and browser. Less than two would take it away while it may still be replayed.
   */
  @IsInt() @Min(2) @Max(365) readonly keepRequestsDays: number = 7;

  /**
   * After the database was restored from a backup, the time of that: it doesn't know what was sent between the two.
   * The default is no time at all.
   */
  @Env({ example: '2026-03-10T12:00:00Z' })
  @Matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/, { message: 'must be a time in UTC' })
  @IsISO8601({ strict: true }, { message: 'must be a day and time that there is' })
  readonly holdConversionsLoggedBefore: string = '1970-01-01T00:00:00Z';
}
