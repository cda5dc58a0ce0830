import { Pool, type Dispatcher } from 'undici';
import type { Clock } from '@clickjoin/contracts';
import type { Answer } from '../verdict/judge';
import type { Failure } from '../verdict/return-codes';
import { parseRetryAfter } from './retry-after';

export interface TikTokClientOptions {
  /** `https://business-api.tiktok.com/open_api/v1.3`; the only place that a token is ever sent to. */
  readonly baseUrl: string;
  /** From the first byte out to the last byte in, connecting included. */
  readonly requestTimeoutMs: number;
  readonly maxConnections: number;
}

/** An envelope has some hundred bytes; this is for messages that quote a whole event. */
const MAX_ANSWER_BYTES = 256 * 1024;
const CONNECT_TIMEOUT_MS = 5_000;

/** Talks to TikTok and nobody else: keeps connections open, follows no redirects, and never waits for ever. */
export class TikTokClient {
  private readonly pool: Pool;
  private readonly basePath: string;

  constructor(
    private readonly options: TikTokClientOptions,
    private readonly clock: Clock,
  ) {
    const { origin, pathname } = new URL(options.baseUrl);
    this.basePath = pathname.replace(/\/+$/, '');
    this.pool = new Pool(origin, {
      connections: options.maxConnections,
      pipelining: 1,
      headersTimeout: options.requestTimeoutMs,
      bodyTimeout: options.requestTimeoutMs,
      maxResponseSize: MAX_ANSWER_BYTES,
      connect: { timeout: Math.min(CONNECT_TIMEOUT_MS, options.requestTimeoutMs) },
    });
  }

  /**
   * Never rejects, and tells nothing of the request: an error of the network is an answer like any other.
   * @param path begins and ends with a slash
   */
  async post(path: string, body: string, accessToken: string): Promise<Answer> {
    try {
      const response = await this.pool.request({
        method: 'POST',
        path: this.basePath + path,
        body,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'accept-encoding': 'identity',
          'access-token': accessToken,
        },
        // The other timeouts begin anew with each byte, and an answer in drops would never run into them.
        signal: AbortSignal.timeout(this.options.requestTimeoutMs),
      });
      const text = await response.body.text();
      return {
        kind: 'answer',
        httpStatus: response.statusCode,
        // A message may quote what it refuses.
        bodyText: text.replaceAll(accessToken, '[token]'),
        retryAfterMs: parseRetryAfter(headerOf(response, 'retry-after'), this.clock.now()),
      };
    } catch (error) {
      return { kind: 'failure', failure: failureOf(error) };
    }
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }
}

function headerOf({ headers }: Dispatcher.ResponseData, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** All that fail before a byte of the request is out. */
const CONNECTING = new Set(['connect', 'getaddrinfo']);
const TLS_CODE = /^(ERR_(TLS|SSL)_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$)/;

/** What we don't know counts as lost on the way, since then TikTok may have it. */
function failureOf(error: unknown): Failure {
  if (typeof error !== 'object' || error === null) return 'connection-lost';
  const { code, syscall, name, errors } = error as Partial<NodeJS.ErrnoException & AggregateError>;
  // A name with several addresses: each was tried.
  if (Array.isArray(errors) && errors.length > 0) {
    return errors.every((one) => failureOf(one) === 'not-connected') ? 'not-connected' : 'connection-lost';
  }
  if (syscall !== undefined && CONNECTING.has(syscall)) return 'not-connected';
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'not-connected';
  if (code !== undefined && TLS_CODE.test(code)) return 'not-connected';
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return 'timed-out';
  if (name === 'TimeoutError' || name === 'AbortError') return 'timed-out';
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return 'answer-too-large';
  return 'connection-lost';
}
