import { randomBytes } from 'node:crypto';
import { parseSecretKeys, type SecretKeyring } from '@clickjoin/contracts';
import { loadConfig, startService, type RunningService } from '@clickjoin/service-kit';
import { DataSource } from 'typeorm';
import { DashboardConfig } from '../src/config';
import { definition } from '../src/definition';

export interface Place {
  readonly brokers: string;
  /** Of the spec's own database, whose name goes before that of the service's. */
  readonly databaseUrl: string;
  readonly topicPrefix: string;
  readonly telegramApiUrl?: string;
  readonly secretKeys?: string;
  /** Of a stand-in for the other services; nobody's without it. */
  readonly servicesUrl?: string;
  /** Null: the service makes one itself. */
  readonly adminPassword?: string | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // A test says what it expects by matchers.
  readonly body: Record<string, unknown>;
}

export interface Ask {
  readonly cookie?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The service in this process, as a client sees it, with all that it said to clients and to its log. */
export interface TestDashboard {
  readonly url: string;
  readonly service: RunningService<DashboardConfig>;
  readonly keyring: SecretKeyring;
  /** Every route of the service's own: method and pattern. */
  readonly routes: readonly { readonly method: string; readonly url: string }[];
  readonly logLines: readonly string[];
  readonly answers: readonly string[];
  /** Signed in, unless a cookie is given or set to undefined. */
  ask(method: string, path: string, body?: unknown, ask?: Ask): Promise<Answer>;
  signIn(): Promise<void>;
  /** In the service's database. */
  sql<R>(statement: string, parameters?: unknown[]): Promise<R[]>;
  /** The cookie of `signIn`. */
  cookie(): string;
  stop(): Promise<void>;
}

export const PASSWORD = 'an invented password';
export const INTERNAL_TOKEN = 'invented-internal-token-0123456789abcdef';
export const newSecretKeys = (): string => `test1:${randomBytes(32).toString('base64')}`;

export async function startDashboard(place: Place): Promise<TestDashboard> {
  const secretKeys = place.secretKeys ?? newSecretKeys();
  const adminPassword = place.adminPassword === undefined ? PASSWORD : place.adminPassword;
  const config = loadConfig(DashboardConfig, {
    PORT: '0',
    LOG_LEVEL: 'debug',
    KAFKA_BROKERS: place.brokers,
    DATABASE_URL: place.databaseUrl,
    DATABASE_PREFIX: prefixOf(place),
    TOPIC_PREFIX: place.topicPrefix,
    TOPIC_PARTITIONS: '3',
    SECRET_KEYS: secretKeys,
    TELEGRAM_API_URL: place.telegramApiUrl ?? 'http://127.0.0.1:9',
    INTERNAL_API_TOKEN: INTERNAL_TOKEN,
    CLICK_SERVICE_URL: place.servicesUrl ?? 'http://127.0.0.1:9',
    ATTRIBUTION_SERVICE_URL: place.servicesUrl ?? 'http://127.0.0.1:9',
    TIKTOK_DISPATCHER_URL: place.servicesUrl ?? 'http://127.0.0.1:9',
    PUBLIC_CLICK_URL: 'https://go.example',
    ...(adminPassword === null ? {} : { ADMIN_PASSWORD: adminPassword }),
  });
  const routes: { method: string; url: string }[] = [];
  const logLines: string[] = [];
  const answers: string[] = [];
  let cookie: string | undefined;

  const service = await startService(
    {
      ...definition,
      consumers: (app) => {
        app
          .getHttpAdapter()
          .getInstance()
          .addHook('onRoute', ({ method, url }) => {
            for (const each of [method].flat()) routes.push({ method: each, url });
          });
        return definition.consumers?.(app) ?? [];
      },
    },
    config,
    { write: (line) => logLines.push(line) },
  );

  const ask = async (
    method: string,
    path: string,
    body?: unknown,
    options: Ask = { cookie },
  ): Promise<Answer> => {
    const sent = 'cookie' in options ? options.cookie : cookie;
    const response = await fetch(`${service.url}${path}`, {
      method,
      headers: {
        ...(sent === undefined ? {} : { cookie: sent }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    answers.push(`${[...response.headers].join('\n')}\n${text}`);
    const isJson = text !== '' && response.headers.get('content-type')?.includes('json') === true;
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
    };
  };

  return {
    url: service.url,
    service,
    keyring: parseSecretKeys(secretKeys),
    routes,
    logLines,
    answers,
    ask,
    signIn: async () => {
      const answer = await ask('POST', '/v1/session', { password: adminPassword }, { cookie: undefined });
      if (answer.status !== 204) throw new Error(`cannot sign in: ${answer.status} ${answer.text}`);
      cookie = cookieIn(answer);
    },
    cookie: () => cookie ?? '',
    sql: (statement, parameters) => service.app.get(DataSource).query(statement, parameters),
    stop: () => service.stop(),
  };
}

const prefixOf = ({ databaseUrl }: Place): string => new URL(databaseUrl).pathname.slice(1);

/** After the service has stopped. */
export async function dropDatabaseOf(place: Place): Promise<void> {
  const server = await new DataSource({ type: 'postgres', url: place.databaseUrl }).initialize();
  await server.query(`DROP DATABASE IF EXISTS ${prefixOf(place)}_dashboard WITH (FORCE)`);
  await server.destroy();
}

/** `name=value` of the cookie that an answer sets. */
export const cookieIn = (answer: Answer): string =>
  (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
