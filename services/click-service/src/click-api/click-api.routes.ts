import { Problem } from '@clickjoin/service-kit';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isUtf8 } from 'node:buffer';
import { Admission } from '../admission/admission';
import { clientIpOf } from '../capture/client-ip';
import { traceparentOrNew } from '../capture/traceparent';
import { ChannelDirectory } from '../channels/channel-directory';
import { headerOf } from '../http-header';
import { SiteDirectory } from '../sites/site-directory';
import { BodyBudget } from './body-budget';
import { callerOf, unknownOrigin, type Caller } from './caller';
import { ClickCalls, tooMany, UnknownSlug, type Answer, type Call, type CallContext } from './click-calls';
import { openApiDocument } from './open-api';
import { checkBatch, checkClick, invalid } from './request-check';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before the body of a click is read. */
    caller: Caller | null;
  }
}

/** A click with the longest of everything has 100 KB in the worst spelling. */
const CLICK_BYTES = 128 * 1024;
const BATCH_BYTES = 4 * 1024 * 1024;
/** In seconds: the storm is over in a moment, and an outage of Kafka and PostgreSQL at once is not. */
const RETRY_AFTER = { full: '1', lost: '5', noWayIn: '5', notReady: '2' } as const;

/**
 * `POST /v1/clicks` and `/v1/clicks/batch`, as Fastify routes for the same reason as the redirect. A 2xx means that the
 * click is in the log or in the spool. Every refusal is a problem+json.
 */
@Injectable()
export class ClickApiRoutes implements OnModuleInit {
  private readonly logger = new Logger(ClickApiRoutes.name);
  private readonly bodies = new BodyBudget();

  constructor(
    private readonly adapter: HttpAdapterHost,
    private readonly directory: ChannelDirectory,
    private readonly sites: SiteDirectory,
    private readonly calls: ClickCalls,
    private readonly admission: Admission,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapter.httpAdapter.getInstance<FastifyInstance>();
    fastify.register((scope, _options, done) => {
      // Nest's own would take what is no UTF-8, and other media types.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, parseJson);
      scope.setErrorHandler((error, _request, reply) => this.refuse(error as FastifyError, reply));
      scope.decorateRequest('caller', null);
      scope.get('/v1/openapi.json', (_request, reply) =>
        reply.header('access-control-allow-origin', '*').send(openApiDocument),
      );
      scope.options('/v1/clicks', (request, reply) => this.preflight(request, reply));
      scope.post('/v1/clicks', {
        bodyLimit: CLICK_BYTES,
        onRequest: (request, reply, next) => this.admit(request, reply, CLICK_BYTES, next),
        handler: (request, reply) => this.click(request, reply),
      });
      scope.post('/v1/clicks/batch', {
        bodyLimit: BATCH_BYTES,
        onRequest: (request, reply, next) => this.admit(request, reply, BATCH_BYTES, next),
        handler: (request, reply) => this.batch(request, reply),
      });
      done();
    });
  }

  private preflight(request: FastifyRequest, reply: FastifyReply): void {
    const { origin } = request.headers;
    void reply.header('vary', 'Origin');
    if (origin === undefined || !this.sites.knowsOrigin(origin)) throw unknownOrigin();
    void reply
      .code(204)
      .header('access-control-allow-origin', origin)
      .header('access-control-allow-methods', 'POST')
      .header('access-control-allow-headers', 'content-type')
      .header('access-control-max-age', '7200')
      .send();
  }

  /** Before a byte of the body is read: who calls, how often, and whether there is room. */
  private admit(
    request: FastifyRequest,
    reply: FastifyReply,
    limitBytes: number,
    next: (error?: Error) => void,
  ): void {
    reply.header('cache-control', 'no-store').header('vary', 'Origin');
    if (!this.directory.isReady() || !this.sites.isReady()) {
      next(unavailable('The service has just been started.', RETRY_AFTER.notReady));
      return;
    }
    try {
      const caller = callerOf(this.sites, request.headers.authorization, request.headers.origin);
      if (caller.kind === 'browser') this.admitBrowser(caller.origin, request, reply, limitBytes);
      request.caller = caller;
    } catch (error) {
      next(error as Error);
      return;
    }
    if (!this.bodies.reserve(request, reply, limitBytes)) {
      next(unavailable('Too many large requests at once.', RETRY_AFTER.full));
      return;
    }
    next();
  }

  private admitBrowser(
    origin: string,
    request: FastifyRequest,
    reply: FastifyReply,
    limitBytes: number,
  ): void {
    reply
      .header('access-control-allow-origin', origin)
      .header('access-control-expose-headers', 'retry-after');
    if (limitBytes === BATCH_BYTES) {
      throw new Problem(403, { detail: 'Batches are for servers, with the site key.' });
    }
    const waitMs = this.admission.visitorWaitMs(ipOf(request));
    if (waitMs > 0) throw tooMany(waitMs, 'Too many clicks from this address.');
  }

  private async click(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const context = contextOf(request);
    const call = this.calls.understand(checkClick(request.body), context);
    if (call instanceof UnknownSlug) {
      throw new Problem(404, { detail: 'There is no such channel.', errors: [call.fault] });
    }
    if (Array.isArray(call)) throw invalid(call);
    this.calls.checkSiteLimit(call.channel.siteId, 1);
    const answer = await this.calls.carryOut(call, context);
    const problem = problemOf(answer);
    if (problem !== undefined) throw problem;
    reply
      .code(answer.kind === 'bot' ? 200 : 202)
      .header('content-type', 'application/json; charset=utf-8')
      .send(bodyOf(answer));
  }

  /** All or nothing: what is not kept whole can be sent again whole, since every click has an id. */
  private async batch(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const context = contextOf(request);
    const { clicks } = checkBatch(request.body);
    const understood = clicks.map((click, index) =>
      this.calls.understand(click, context, `clicks.${index}.`),
    );
    const faults = understood.flatMap((one) =>
      one instanceof UnknownSlug ? [one.fault] : Array.isArray(one) ? one : [],
    );
    if (faults.length > 0) throw invalid(faults.slice(0, 20));
    const calls = understood as Call[];
    this.calls.checkSiteLimit(calls[0]?.channel.siteId ?? '', calls.length);
    if (!this.admission.tryEnter(calls.length)) {
      throw unavailable('Too much is under way.', RETRY_AFTER.full);
    }
    try {
      const answers = await Promise.all(calls.map((call) => this.calls.carryOut(call, context, true)));
      answers.forEach((answer, index) => {
        const problem = problemOf(answer, `clicks.${index}.`);
        if (problem !== undefined) throw problem;
      });
      await reply
        .code(202)
        .header('content-type', 'application/json; charset=utf-8')
        .send(`{"clicks":[${answers.map(bodyOf).join(',')}]}`);
    } finally {
      this.admission.leave(calls.length);
    }
  }

  private refuse(error: FastifyError, reply: FastifyReply): void {
    const problem = problemFrom(error);
    if (problem.status === 500) this.logger.error({ err: error }, 'a click failed');
    void reply
      .code(problem.status)
      .headers(problem.headers)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(JSON.stringify(problem));
  }
}

function parseJson(
  _request: FastifyRequest,
  body: Buffer,
  done: (error: Error | null, body?: unknown) => void,
): void {
  // Decoding would put replacement characters where the bytes are wrong, into a ttclid for instance.
  if (!isUtf8(body)) {
    done(new Problem(400, { detail: 'The body is not UTF-8.' }));
    return;
  }
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    done(new Problem(400, { detail: 'The body is not JSON.' }));
    return;
  }
  done(null, value);
}

function contextOf(request: FastifyRequest): CallContext {
  if (request.caller === null) throw new Error('a click came by without its caller');
  const traceparent = headerOf(request, 'traceparent');
  return {
    caller: request.caller,
    ip: request.caller.kind === 'browser' ? ipOf(request) : undefined,
    userAgent: request.headers['user-agent'],
    traceparent: () => traceparentOrNew(traceparent),
  };
}

const ipOf = (request: FastifyRequest): string | undefined => clientIpOf(request.ips ?? [request.ip]);

/** By hand: ids, and addresses that were made here, hold nothing that JSON would escape. */
function bodyOf(answer: Answer): string {
  if (answer.kind === 'bot') {
    return `{"counted":false,"link":${answer.location === undefined ? 'null' : `"${answer.location}"`}}`;
  }
  if (!('clickId' in answer)) throw new Error(`${answer.kind} is no answer`);
  const { clickId, location = '', linkKind } = answer;
  return `{"counted":true,"clickId":"${clickId}","link":"${location}","linkKind":"${linkKind}"}`;
}

function problemOf(answer: Answer, path = ''): Problem | undefined {
  switch (answer.kind) {
    case 'captured':
    case 'repeat':
    case 'bot':
      return undefined;
    case 'lost':
      return unavailable(
        'The click could not be kept. Send it again, with the same clickId.',
        RETRY_AFTER.lost,
      );
    case 'shed':
      return unavailable('Too many clicks are under way.', RETRY_AFTER.full);
    case 'no-way-in':
      return unavailable('The channel has no invite link at the moment.', RETRY_AFTER.noWayIn);
    case 'taken':
      return new Problem(409, {
        detail: 'This clickId is that of another channel’s click.',
        errors: [{ field: `${path}clickId`, message: 'is that of another channel’s click' }],
      });
  }
}

const unavailable = (detail: string, retryAfter: string): Problem =>
  new Problem(503, { detail, headers: { 'retry-after': retryAfter } });

/** Fastify's own refusals (too large, unknown media type) carry a status and a harmless text. */
function problemFrom(error: FastifyError): Problem {
  if (error instanceof Problem) return error;
  const status = error.statusCode ?? 500;
  return status >= 400 && status < 500 ? new Problem(status, { detail: error.message }) : new Problem(500);
}
