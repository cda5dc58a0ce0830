import type { ChildProcessByStdio } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import {
  topics,
  type ChannelConfigured,
  type ChatMigrated,
  type PixelConfigured,
} from '@clickjoin/contracts';
import { tableToken, type SettingsTable } from '@clickjoin/kafka';
import { loadConfig, startService } from '@clickjoin/service-kit';
import { DataSource } from 'typeorm';
import { DispatcherConfig } from '../src/config';
import { definition } from '../src/definition';
import { SERVICE } from '../src/service-name';

export interface Place {
  readonly brokers: string;
  /** Of the server; the service makes its own database on it. */
  readonly databaseUrl: string;
  readonly databasePrefix: string;
  readonly topicPrefix: string;
  readonly tiktokApiUrl: string;
  readonly secretKeys: string;
  /** Environment variables on top. */
  readonly settings?: Readonly<Record<string, string>>;
}

const INTERNAL_API_TOKEN = 'an-invented-token-of-more-than-32-letters';

export const newSecretKeys = (): string => `test1:${randomBytes(32).toString('base64')}`;
export const newDatabasePrefix = (): string => `t_${randomBytes(6).toString('hex')}`;

export const envOf = (place: Place): Record<string, string> => ({
  PORT: '0',
  LOG_LEVEL: 'trace',
  KAFKA_BROKERS: place.brokers,
  DATABASE_URL: place.databaseUrl,
  DATABASE_PREFIX: place.databasePrefix,
  TOPIC_PREFIX: place.topicPrefix,
  TOPIC_PARTITIONS: '3',
  SECRET_KEYS: place.secretKeys,
  TIKTOK_API_URL: place.tiktokApiUrl,
  ALLOW_PRIVATE_TIKTOK_URL: 'true',
  INTERNAL_API_TOKEN,
  RETRY_BASE_MS: '50',
  ...place.settings,
});

/** The service in this process. */
export interface TestDispatcher {
  readonly url: string;
  readonly logLines: readonly string[];
  readonly pixels: SettingsTable<PixelConfigured>;
  readonly channels: SettingsTable<ChannelConfigured>;
  readonly migrations: SettingsTable<ChatMigrated>;
  stop(): Promise<void>;
}

export async function startDispatcher(place: Place): Promise<TestDispatcher> {
  const logLines: string[] = [];
  const service = await startService(definition, loadConfig(DispatcherConfig, envOf(place)), {
    write: (line) => logLines.push(line),
  });
  return {
    url: service.url,
    logLines,
    pixels: service.app.get<SettingsTable<PixelConfigured>>(tableToken(topics.pixel)),
    channels: service.app.get<SettingsTable<ChannelConfigured>>(tableToken(topics.channel)),
    migrations: service.app.get<SettingsTable<ChatMigrated>>(tableToken(topics.chatMigrated)),
    stop: () => service.stop(),
  };
}

/** Asks the internal API: a GET, or a POST of a body. */
export async function ask(url: string, path: string, body?: object): Promise<Response> {
  return fetch(`${url}/v1/${path}`, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: {
      authorization: `Bearer ${INTERNAL_API_TOKEN}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
  });
}

/** The service as a process, to be killed. */
export class DispatcherProcess {
  private output = '';
  private readonly exited: Promise<unknown>;

  constructor(private readonly child: ChildProcessByStdio<null, Readable, Readable>) {
    this.exited = once(child, 'exit');
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
  }

  get log(): string {
    return this.output;
  }

  /** @throws when it has ended by itself */
  assertRuns(): void {
    if (this.child.exitCode !== null) throw new Error(`the process ended too early:\n${this.output}`);
  }

  /** @returns the exit code; null after a signal that ended it at once */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill(signal);
      await this.exited;
    }
    return this.child.exitCode;
  }
}

/** The service's own database, for looking behind it. */
export async function openServiceDatabase(place: Place): Promise<DataSource> {
  const url = new URL(place.databaseUrl);
  url.pathname = `/${place.databasePrefix}_${SERVICE.replaceAll('-', '_')}`;
  return new DataSource({ type: 'postgres', url: url.toString(), installExtensions: false }).initialize();
}

export async function dropServiceDatabase(place: Place): Promise<void> {
  const server = await new DataSource({
    type: 'postgres',
    url: place.databaseUrl,
    installExtensions: false,
  }).initialize();
  try {
    await server.query(
      `DROP DATABASE IF EXISTS ${place.databasePrefix}_${SERVICE.replaceAll('-', '_')} WITH (FORCE)`,
    );
  } finally {
    await server.destroy();
  }
}
