import { parseSecretKeys } from '@clickjoin/contracts';
import { BaseConfig, BaseUrl, Env, SecretKeys } from '@clickjoin/service-kit';
import { IsInt, IsString, IsUrl, Max, Min, ValidateIf } from 'class-validator';

export class JoinServiceConfig extends BaseConfig {
  override readonly port: number = 4002;

  @BaseUrl()
  readonly telegramApiUrl: string = 'https://api.telegram.org';

  /** What Telegram calls: `<this>/telegram/<botId>` must reach this service. Empty: updates are polled for. */
  @Env({ example: 'https://joins.example.com' })
  @ValidateIf((config: JoinServiceConfig) => config.publicWebhookUrl !== '')
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true })
  readonly publicWebhookUrl: string = '';

  @SecretKeys(parseSecretKeys)
  @IsString()
  readonly secretKeys!: string;

  /** How long an update waits for Kafka before Telegram is asked to come again. Telegram itself waits 60 s. */
  @IsInt()
  @Min(50)
  @Max(30_000)
  readonly publishDeadlineMs: number = 5_000;

  /** How often Telegram is asked whether the webhook is as it should be. */
  @IsInt()
  @Min(100)
  readonly webhookCheckMs: number = 60_000;

  /** Updates that Telegram sends at once. Its default; 100 is its limit. */
  @IsInt()
  @Min(1)
  @Max(100)
  readonly webhookMaxConnections: number = 40;

  /** How often a bot's state is published when nothing has changed. */
  @IsInt()
  @Min(100)
  readonly botReportMs: number = 300_000;

  /** How often Telegram is asked what each channel is called, and what the bot may do there. */
  @IsInt()
  @Min(100)
  readonly channelCheckMs: number = 600_000;

  /** How long Telegram may hold a poll while nothing happens. Its limit is 50. */
  @IsInt()
  @Min(0)
  @Max(50)
  readonly pollWaitSeconds: number = 25;
}
