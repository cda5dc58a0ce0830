import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import Fastify from 'fastify';
import { systemClock, type Clock } from './clock';
import { serveControl } from './control/control.controller';
import { FaultBook, type Faults, type FaultsUpdate } from './faults';
import { Random } from './random';
import { serveBotApi } from './telegram/bot-api.controller';
import { TelegramStandIn } from './telegram/telegram';
import { serveEventsApi, TIKTOK_ROOT } from './tiktok/events-api.controller';
import { TikTokStandIn } from './tiktok/tiktok';

export interface SandboxOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** The same seed draws the same faults; chance decides without it. */
  readonly seed?: number | string;
  /** Dates of joins, expiry of links, TikTok's 48 h. Waits between retries follow the machine's own time. */
  readonly clock?: Clock;
  /** Faults from the start; `{ telegram: { retryScale: 0.01 } }` makes webhook retries fast in a test. */
  readonly faults?: FaultsUpdate;
}

/** Stand-ins for Telegram and TikTok that listen on one port, and can be driven from here or by `/control`. */
export interface Sandbox {
  /** Without a slash at its end. */
  readonly url: string;
  /** For `TELEGRAM_API_URL`. */
  readonly telegramApiUrl: string;
  /** For `TIKTOK_API_URL`. */
  readonly tiktokApiUrl: string;
  readonly telegram: TelegramStandIn;
  readonly tiktok: TikTokStandIn;
  faults(): Faults;
  /**
   * Changes what is named, and only that.
   * @throws InvalidInput naming the field.
   */
  setFaults(update: FaultsUpdate): Faults;
  /** Forgets bots, chats, pixels, events and faults. */
  reset(): void;
  /** Cuts all connections, also those that wait for a withheld answer. */
  close(): Promise<void>;
}

const LARGEST_BODY_BYTES = 16 * 1024 * 1024;

/**
 * Starts the sandbox and resolves when it listens.
 * @throws Error of the listening socket, e.g. EADDRINUSE.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, host = '127.0.0.1', seed = randomUUID(), clock = systemClock } = options;
  const random = new Random(String(seed));
  const faults = new FaultBook(random, options.faults);
  const telegram = new TelegramStandIn(clock, faults, random.fork('telegram'));
  const tiktok = new TikTokStandIn(clock, faults);
  const closing = new AbortController();
  // Each late answer listens to it: hundreds are no leak, and the warning would say so.
  setMaxListeners(0, closing.signal);
  const reset = (): void => {
    telegram.reset();
    tiktok.reset();
    faults.clear();
  };

  const app = Fastify({
    bodyLimit: LARGEST_BODY_BYTES,
    forceCloseConnections: true,
    // A bot's token stands in the path, and a wrong one may be long.
    routerOptions: { maxParamLength: 500 },
  });
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send(
        request.url.startsWith('/bot')
          ? { ok: false, error_code: 404, description: 'Not Found' }
          : { error: 'not-found', message: `there is no ${request.method} ${request.url}` },
      ),
  );
  app.get('/health/ready', () => ({ status: 'ready' }));
  serveBotApi(app, telegram, closing.signal);
  serveEventsApi(app, tiktok, faults, closing.signal);
  serveControl(app, { telegram, tiktok, faults, reset });
  const url = await app.listen({ port, host });

  return {
    url,
    telegramApiUrl: url,
    tiktokApiUrl: `${url}${TIKTOK_ROOT}`,
    telegram,
    tiktok,
    faults: () => faults.all(),
    setFaults: (update) => faults.update(update),
    reset,
    close: async () => {
      closing.abort();
      telegram.reset();
      await app.close();
    },
  };
}
