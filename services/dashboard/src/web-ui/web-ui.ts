import { randomBytes } from 'node:crypto';
import fastifyStatic from '@fastify/static';
import { Problem } from '@clickjoin/service-kit';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isHttps } from '../sign-in/session-cookie';
import { contentSecurityPolicy, SECURITY_HEADERS, STRICT_TRANSPORT } from './security-headers';
import { isHashed, readWebFiles, WEB_ROOT, type WebFiles } from './web-files';

export const WEB_UI_ROOT = Symbol('root of the built web UI');
export const webUiRoot = { provide: WEB_UI_ROOT, useValue: WEB_ROOT };

/** Paths of the API and of operation: what is not there is not there, and no page of the UI. */
const NOT_PAGES = /^(?:v1|health|metrics)(?:\/|$)/;

/**
 * Serves the built web UI at `/`. Its pages are made in the browser, so every path that is no file is the one page.
 * It is open to all: it shows nothing that the API doesn't give.
 */
@Injectable()
export class WebUi implements OnModuleInit {
  private readonly logger = new Logger(WebUi.name);

  constructor(
    private readonly host: HttpAdapterHost,
    @Inject(WEB_UI_ROOT) private readonly root: string,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRequest', (request, reply, done) => {
      void reply.headers(SECURITY_HEADERS);
      if (isHttps(request)) void reply.header('strict-transport-security', STRICT_TRANSPORT);
      // Answers of the API are of one person and one moment.
      if (request.url.startsWith('/v1/')) void reply.header('cache-control', 'no-store');
      done();
    });
    const files = readWebFiles(this.root);
    if (files === undefined) {
      this.logger.warn({ root: this.root }, 'the web UI is not built: only the API is served');
    } else {
      // Not awaited: that would boot what is there so far, without the error handler that Nest sets later.
      void fastify.register(fastifyStatic, {
        root: this.root,
        serve: false,
        preCompressed: true,
        cacheControl: false,
      });
    }
    fastify.get('/*', (request, reply) => serve(files, request, reply));
  }
}

function serve(files: WebFiles | undefined, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { '*': path = '' } = request.params as { '*'?: string };
  if (NOT_PAGES.test(path)) return sendProblem(reply, new Problem(404, { detail: `There is no /${path}.` }));
  if (files === undefined)
    return sendProblem(
      reply,
      new Problem(503, {
        detail: 'The web UI is not built: run npm run build, then start the dashboard again.',
      }),
    );
  if (path !== 'index.html' && files.paths.has(path)) {
    void reply.header('cache-control', isHashed(path) ? 'public, max-age=31536000, immutable' : 'no-cache');
    return reply.sendFile(path);
  }
  // A missing file must not look like a page: a script tag would get HTML, and the browser would name another fault.
  if (isHashed(path)) return sendProblem(reply, new Problem(404, { detail: `There is no /${path}.` }));
  const nonce = randomBytes(16).toString('base64');
  return reply
    .header('content-security-policy', contentSecurityPolicy(nonce))
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(files.page(nonce));
}

/** Nest's filter does not reach Fastify's own routes. */
const sendProblem = (reply: FastifyReply, problem: Problem): FastifyReply =>
  reply
    .status(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
