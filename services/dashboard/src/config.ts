import { parseSecretKeys } from '@clickjoin/contracts';
import { BaseUrl, DatabaseConfig, Env, SecretKeys } from '@clickjoin/service-kit';
import { IsOptional, IsString, MaxLength, MinLength } from 'class-validator';

export class DashboardConfig extends DatabaseConfig {
  override readonly port: number = 4000;

  /** Seals the tokens on their way to the services that use them. */
  @SecretKeys(parseSecretKeys)
  @IsString()
  readonly secretKeys!: string;

  /** Sets the password, also over an older one. Without it, the first start makes one and prints it once. */
  @Env({ secret: true, example: '<at least 8 characters>' })
  @IsOptional()
  @IsString()
  @MinLength(8, { message: 'must have at least 8 characters' })
  @MaxLength(200, { message: 'must have at most 200 characters' })
  readonly adminPassword?: string;

  @BaseUrl()
  readonly telegramApiUrl: string = 'https://api.telegram.org';

  /** Where the other services are asked what only they know; the next two likewise. */
  @BaseUrl()
  readonly clickServiceUrl: string = 'http://127.0.0.1:4001';

  @BaseUrl()
  readonly attributionServiceUrl: string = 'http://127.0.0.1:4003';

  @BaseUrl()
  readonly tiktokDispatcherUrl: string = 'http://127.0.0.1:4004';

  /** Where visitors reach the click-service: stands in snippets and links. Without it, that of CLICK_SERVICE_URL. */
  @BaseUrl()
  @IsOptional()
  readonly publicClickUrl?: string;
}
