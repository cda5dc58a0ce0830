import {
  ArrayNotEmpty,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { Env } from './env';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/**
 * What every service reads from the environment. A service extends it and sets its own port:
 * `override readonly port: number = 4001`.
 */
export class BaseConfig {
  @Env({ example: '127.0.0.1' })
  @IsString()
  readonly host: string = '127.0.0.1';

  /** 0 takes any free port. */
  @Env()
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly port: number = 0;

  @IsIn(LOG_LEVELS)
  readonly logLevel: (typeof LOG_LEVELS)[number] = 'info';

  @Env({ example: '127.0.0.1:9092,127.0.0.1:9093' })
  @IsArray()
  @ArrayNotEmpty({ message: 'names no broker' })
  @Matches(/^\S+:\d{1,5}$/, { each: true, message: 'must be a comma list of host:port' })
  readonly kafkaBrokers!: string[];

  /** Put before every topic and consumer group, so that several systems can share a cluster. */
  @Env({ example: 'staging.' })
  @Matches(/^[A-Za-z0-9._-]{0,100}$/, { message: 'may hold letters, digits, ".", "_" and "-" only' })
  readonly topicPrefix: string = '';

  @IsInt()
  @Min(1)
  @Max(1_000)
  readonly topicPartitions: number = 12;

  @IsInt()
  @Min(1)
  @Max(9)
  readonly topicReplicationFactor: number = 1;

  /** What services show each other at their internal routes; the same for all. Without it these routes are shut. */
  @Env({ secret: true, example: '<at least 32 letters and digits>' })
  @IsOptional()
  @Matches(/^[A-Za-z0-9_-]{32,200}$/, { message: 'must have at least 32 letters, digits, "_" or "-"' })
  readonly internalApiToken?: string;
}

/** For a service with state. The URL names a server; the service's own database on it is made at start. */
export class DatabaseConfig extends BaseConfig {
  @Env({ secret: true, example: 'postgres://user:password@127.0.0.1:5432', check: (text) => new URL(text) })
  @Matches(/^postgres(ql)?:\/\//, { message: 'must be a postgres:// URL' })
  readonly databaseUrl!: string;

  @Matches(/^[a-z][a-z0-9_]{0,30}$/, {
    message:
      'must begin with a lower-case letter and hold lower-case letters, digits and "_" only, at most 31',
  })
  readonly databasePrefix: string = 'clickjoin';
}
