import { Command, InvalidArgumentError } from 'commander';
import { startSandbox } from './sandbox';

interface Flags {
  readonly port: number;
  readonly host: string;
  readonly seed?: string;
}

const LEVEL = { info: 30, fatal: 60 } as const;

/** One line of JSON, as the services' logs have it. */
function log(level: keyof typeof LEVEL, msg: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stdout.write(
    `${JSON.stringify({ level: LEVEL[level], time: Date.now(), name: 'sandbox', msg, ...fields })}\n`,
  );
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('It must be a number from 0 to 65535.');
  return port;
}

async function run({ port, host, seed }: Flags): Promise<void> {
  const sandbox = await startSandbox({ port, host, ...(seed === undefined ? {} : { seed }) });
  const { url, telegramApiUrl, tiktokApiUrl } = sandbox;
  log('info', 'sandbox ready', { url, telegramApiUrl, tiktokApiUrl, controlUrl: `${url}/control` });
  const stop = (signal: string): void => {
    log('info', 'sandbox stopping', { signal });
    sandbox.close().catch(fail);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  log('fatal', `sandbox failed: ${message}`);
  process.exitCode = 1;
}

new Command('sandbox')
  .description('Stand-ins for Telegram and TikTok that misbehave as the real ones do, on one port')
  .option('--port <number>', 'port to listen on; 0 takes a free one', portNumber, 0)
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--seed <text>', 'makes the faults repeatable: the same seed draws the same ones')
  .action((flags: Flags) => run(flags).catch(fail))
  .parseAsync()
  .catch(fail);
