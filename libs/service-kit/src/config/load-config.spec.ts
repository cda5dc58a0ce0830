import { IsBoolean, IsInt, IsOptional, IsString, Min } from 'class-validator';
import { BaseConfig, DatabaseConfig } from './base-config';
import { ConfigError } from './config-error';
import { Env, SecretKeys } from './env';
import { loadConfig, secretsIn, variableOf } from './load-config';

const PASSWORD = 'hunter2-and-longer';
const KEY = 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=';

function parseKeys(text: string): void {
  const [, encoded = ''] = text.split(':');
  if (Buffer.from(encoded, 'base64').length !== 32) throw new Error(`"${encoded}" is not 32 bytes`);
}

class ServiceConfig extends DatabaseConfig {
  override readonly port: number = 4001;

  @IsInt()
  @Min(0)
  readonly graceMs: number = 60_000;

  @Env({ example: '10.0.0.0/8' })
  @IsString({ each: true })
  readonly trustedProxies: string[] = [];

  @IsBoolean()
  readonly longPolling: boolean = false;

  @SecretKeys(parseKeys)
  @IsString()
  readonly secretKeys!: string;

  @Env({ secret: true })
  @IsOptional()
  @IsString()
  readonly adminPassword?: string;
}

const GOOD = {
  KAFKA_BROKERS: '127.0.0.1:9092, 127.0.0.1:9093',
  DATABASE_URL: `postgres://u:${PASSWORD}@127.0.0.1:5432`,
  SECRET_KEYS: `k1:${KEY}`,
};

function faultsOf(env: Record<string, string>): ConfigError {
  try {
    loadConfig(ServiceConfig, env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('loadConfig', () => {
  it('converts by the type of the default, and keeps defaults', () => {
    const config = loadConfig(ServiceConfig, {
      ...GOOD,
      PORT: '5001',
      TRUSTED_PROXIES: '10.0.0.0/8, ,192.168.0.0/16',
      LONG_POLLING: 'yes',
    });
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 5001,
      kafkaBrokers: ['127.0.0.1:9092', '127.0.0.1:9093'],
      graceMs: 60_000,
      trustedProxies: ['10.0.0.0/8', '192.168.0.0/16'],
      longPolling: true,
      topicPartitions: 12,
      databasePrefix: 'clickjoin',
    });
    expect(config).toBeInstanceOf(BaseConfig);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(loadConfig(ServiceConfig, { ...GOOD, PORT: '', ADMIN_PASSWORD: ' ' })).toMatchObject({
      port: 4001,
    });
  });

  it('tells all faults at once, each with its variable and an example', () => {
    const error = faultsOf({
      PORT: 'eighty',
      GRACE_MS: '-1',
      LOG_LEVEL: 'loud',
      LONG_POLLING: 'perhaps',
      TOPIC_PARTITIONS: '1.5',
      DATABASE_URL: 'mysql://u:p@db',
      SECRET_KEYS: 'k1:c2hvcnQ=',
    });
    expect(error.faults.map(({ variable }) => variable).sort()).toEqual([
      'DATABASE_URL',
      'GRACE_MS',
      'KAFKA_BROKERS',
      'LOG_LEVEL',
      'LONG_POLLING',
      'PORT',
      'SECRET_KEYS',
      'TOPIC_PARTITIONS',
    ]);
    expect(error.message).toContain('The configuration has 8 faults:');
    expect(error.message).toContain('PORT must be a number, not "eighty"; for example PORT=4001');
    expect(error.message).toContain('GRACE_MS must not be less than 0, not "-1"; for example GRACE_MS=60000');
    expect(error.message).toContain('KAFKA_BROKERS is not set; for example KAFKA_BROKERS=127.0.0.1:9092');
    expect(error.message).toContain('LONG_POLLING must be true or false');
    expect(error.message).toContain('TOPIC_PARTITIONS must be an integer number');
    expect(error.message).toContain('DATABASE_URL must be a postgres:// URL; for example');
  });

  it('never echoes a secret, not even one that a rule quotes', () => {
    const { message } = faultsOf({
      ...GOOD,
      SECRET_KEYS: 'k1:dG9vLXNob3J0LXNlY3JldA==',
      DATABASE_URL: PASSWORD,
    });
    expect(message).toContain('SECRET_KEYS is wrong: "[redacted]" is not 32 bytes');
    expect(message).not.toContain('dG9vLXNob3J0');
    expect(message).not.toContain(PASSWORD);
  });

  it('cuts credentials out of any URL it quotes', () => {
    const { message } = faultsOf({ ...GOOD, LOG_LEVEL: `https://u:${PASSWORD}@host` });
    expect(message).toContain('LOG_LEVEL');
    expect(message).not.toContain(PASSWORD);
  });

  it('lists the secrets for the log redaction, whole and in parts', () => {
    const secrets = secretsIn(loadConfig(ServiceConfig, GOOD));
    expect(secrets).toEqual(expect.arrayContaining([GOOD.DATABASE_URL, PASSWORD, KEY]));
  });

  it.each([
    ['kafkaBrokers', 'KAFKA_BROKERS'],
    ['graceMs', 'GRACE_MS'],
    ['tiktokApiUrl', 'TIKTOK_API_URL'],
    ['publicWebhookUrl', 'PUBLIC_WEBHOOK_URL'],
    ['port', 'PORT'],
  ])('%s is read from %s', (property, variable) => expect(variableOf(property)).toBe(variable));
});
