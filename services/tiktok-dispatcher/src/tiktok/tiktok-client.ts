import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { Pool, type Dispatcher } from 'undici';
import type { Clock } from '@clickjoin/contracts';
import type { Answer } from '../verdict/judge';
import type { Failure } from '../verdict/return-codes';
import { faultOf, internetLookup, PrivateAddress, type Resolve } from './pinned-connect';
import { parseRetryAfter } from './retry-after';
import { REQUEST_HEADERS } from './shown-request';

export interface TikTokClientOptions {
  /** `https://business-api.tiktok.com/open_api/v1.3`; the only place that a token is ever sent to. */
  readonly baseUrl: string;
  /** From the first byte out to the last byte in, connecting included. */
  readonly requestTimeoutMs: number;
  /** Also plain HTTP, and addresses of private networks. */
  readonly allowPrivateAddress: boolean;
  /** For tests: who else's certificates are good, and who says where a name leads. */
  readonly certificateAuthorities?: string;
  readonly resolve?: Resolve;
}

/** An envelope has some hundred bytes; this is for messages that quote a whole event. */
const MAX_ANSWER_BYTES = 256 * 1024;
const CONNECT_TIMEOUT_MS = 5_000;

type Unpack = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;
const UNPACKERS: ReadonlyMap<string, Unpack> = new Map([
  ['gzip', promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip)],
  ['x-gzip', promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip)],
  ['deflate', promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate)],
  ['br', promisify<Buffer, { maxOutputLength: number }, Buffer>(brotliDecompress)],
]);

/** Talks to TikTok and nobody else: keeps connections open, follows no redirects, and never waits for ever. */
export class TikTokClient {
  private readonly pool: Pool;
  private readonly basePath: string;
  private cutting = new AbortController();

  constructor(
    private readonly options: TikTokClientOptions,
    private readonly clock: Clock,
  ) {
    const fault = options.allowPrivateAddress ? undefined : faultOf(options.baseUrl);
    if (fault !== undefined)
      throw new Error(`TIKTOK_API_URL ${fault}. If that is meant so, set ALLOW_PRIVATE_TIKTOK_URL=true.`);
    const { origin, pathname } = new URL(options.baseUrl);
    this.basePath = pathname.replace(/\/+$/, '');
    this.pool = new Pool(origin, {
      // As many connections as requests: one that waited for another's would be late without having been sent.
      connections: null,
      pipelining: 1,
      headersTimeout: options.requestTimeoutMs,
      bodyTimeout: options.requestTimeoutMs,
      maxResponseSize: MAX_ANSWER_BYTES,
      connect: {
        timeout: Math.min(CONNECT_TIMEOUT_MS, options.requestTimeoutMs),
        // Said aloud, since NODE_TLS_REJECT_UNAUTHORIZED=0 would else switch it off.
        rejectUnauthorized: true,
        ...(options.allowPrivateAddress ? {} : { lookup: internetLookup(options.resolve) }),
        ...(options.certificateAuthorities === undefined ? {} : { ca: options.certificateAuthorities }),
      },
    });
  }

  /**
   * Never rejects, and tells nothing of the request: an error of the network is an answer like any other.
   * @param path begins and ends with a slash
   */
  async post(path: string, body: string, accessToken: string): Promise<Answer> {
    const { signal: cut } = this.cutting;
    try {
      const response = await this.pool.request({
        method: 'POST',
        path: this.basePath + path,
        body,
        headers: {
          ...REQUEST_HEADERS,
          'access-token': accessToken,
        },
        // The other timeouts begin anew with each byte, and an answer in drops would never run into them.
        signal: AbortSignal.any([AbortSignal.timeout(this.options.requestTimeoutMs), cut]),
      });
      const text = await textOf(response);
      return {
        kind: 'answer',
        httpStatus: response.statusCode,
        // A message may quote what it refuses.
        bodyText: text.replaceAll(accessToken, '[token]'),
        retryAfterMs: parseRetryAfter(headerOf(response, 'retry-after'), this.clock.now()),
      };
    } catch (error) {
      return { kind: 'failure', failure: cut.aborted ? 'connection-lost' : failureOf(error) };
    }
  }

  /** Ends all requests that are under way, without knowing what became of them. */
  cut(): void {
    this.cutting.abort();
    this.cutting = new AbortController();
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }
}

/** A gateway may compress against our wish; what can't be read is an answer without a code. */
async function textOf(response: Dispatcher.ResponseData): Promise<string> {
  const bytes = Buffer.from(await response.body.arrayBuffer());
  const unpack = UNPACKERS.get(headerOf(response, 'content-encoding')?.trim().toLowerCase() ?? 'identity');
  if (unpack === undefined) return bytes.toString('utf8');
  try {
    return (await unpack(bytes, { maxOutputLength: MAX_ANSWER_BYTES })).toString('utf8');
  } catch {
    return '';
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
  if (error instanceof PrivateAddress) return 'private-address';
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
