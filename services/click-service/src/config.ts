import { parseSecretKeys } from '@clickjoin/contracts';
import { BaseUrl, DatabaseConfig, Env, SecretKeys } from '@clickjoin/service-kit';
import { IsArray, IsInt, IsNumber, IsString, Matches, Max, Min } from 'class-validator';
import { MOST_COUNTED } from './link-stock/refill-decision';

const DAY_MS = 86_400_000;

export class ClickServiceConfig extends DatabaseConfig {
  override readonly port: number = 4001;

  @BaseUrl()
  readonly telegramApiUrl: string = 'https://api.telegram.org';

  /** Proxies in front of this service, whose `X-Forwarded-For` is believed. */
  @Env({ example: '10.0.0.0/8,192.0.2.7' })
  @IsArray()
  @Matches(/^[0-9a-f.:]+(\/\d{1,3})?$/i, {
    each: true,
    message: 'must be a comma list of addresses or CIDRs',
  })
  readonly trustedProxies: string[] = [];

  @SecretKeys(parseSecretKeys)
  @IsString()
  readonly secretKeys!: string;

  /** Free links of a channel below which minting begins. More when there is demand. */
  @IsInt()
  @Min(1)
  readonly stockLow: number = 50;

  /** Free links of a channel at which minting ends. More when there is demand. */
  @IsInt()
  @Min(1)
  @Max(MOST_COUNTED)
  readonly stockHigh: number = 200;

  /** However large the demand: links that nobody uses pile up in the owner's list, where nobody can delete them. */
  @IsInt()
  @Min(1)
  @Max(MOST_COUNTED)
  readonly stockMax: number = 2_000;

  /** Links that an instance keeps in memory for a channel at the least. A crash loses as many. */
  @IsInt()
  @Min(1)
  readonly leaseMin: number = 20;

  /** Links a second and bot, over all instances; slows down by itself when Telegram says 429. Its limit is secret. */
  @IsNumber()
  @Min(0.01)
  readonly mintPerSecond: number = 5;

  /** How long a link may wait for its visitor. */
  @IsInt()
  @Min(60_000)
  @Max(365 * DAY_MS)
  readonly shelfLifeMs: number = 30 * DAY_MS;

  /** How long a visitor may take from the click to the join; as in the attribution service. */
  @IsInt()
  @Min(60_000)
  @Max(365 * DAY_MS)
  readonly windowMs: number = 7 * DAY_MS;

  /** How long a visitor waits for Kafka before the click goes to the spool. */
  @IsInt()
  @Min(50)
  readonly publishDeadlineMs: number = 1_500;

  /** How long a visitor waits for the spool before the click counts as lost. */
  @IsInt()
  @Min(50)
  readonly spoolDeadlineMs: number = 1_500;

  /** Clicks that are being kept at once, over all visitors and callers. Beyond, the API says 503 and visitors share a link. */
  @IsInt()
  @Min(1)
  readonly maxInFlight: number = 5_000;

  /** Open connections; further ones are closed as they come. Bounds the memory in a storm. */
  @IsInt()
  @Min(1)
  readonly maxConnections: number = 10_000;

  /** Clicks a second from one address (IPv6: from one /64), on average; ten seconds of it at once. 0: no limit. */
  @IsNumber()
  @Min(0)
  readonly ipClicksPerSecond: number = 20;

  /** Clicks a second of one site at this instance, on average; two seconds of it at once. 0: no limit. */
  @IsNumber()
  @Min(0)
  readonly siteClicksPerSecond: number = 10_000;

  /** For how long the same clickId is answered with the same link, over all instances. */
  @IsInt()
  @Min(60_000)
  @Max(30 * DAY_MS)
  readonly clickIdKeptMs: number = DAY_MS;

  /** Within this time the same visitor gets the same link, and is no second click. */
  @IsInt()
  @Min(0)
  readonly sameVisitorMs: number = 600_000;
}
