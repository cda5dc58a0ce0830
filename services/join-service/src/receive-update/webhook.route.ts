import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Retriable } from '@clickjoin/kafka';
import { BotDirectory } from '../bots/bot-directory';
import { isSecret } from '../bots/webhook-secret';
import type { FollowUpResult } from '../follow-up/follow-up-runner';
import { JoinMetrics } from '../metrics';
import { UpdateIntake } from './update-intake';

const SECRET_HEADER = 'x-telegram-bot-api-secret-token';
/** Telegram sends at most 512 KiB (reference/telegram-bot-api.md §3). */
const BODY_LIMIT_BYTES = 1_048_576;
/** Obeyed by Telegram for this update's queue only; without it, the waits soon grow to two minutes. */
const RETRY_AFTER_MS = 5_000;

interface WebhookRoute {
  Params: { botId: string };
  Body: Buffer | undefined;
}

/**
 * `POST /telegram/:botId`, where Telegram delivers one update a request. A plain Fastify route in a scope of its
 * own and not a Nest controller: the secret is checked before a byte of the body is read, and the body stays the
 * bytes that came, so that a broken one can be kept. Answers have no body, since Telegram runs one as a call, but for
 * the one that is meant to be run.
 */
@Injectable()
export class WebhookRoutes implements OnModuleInit {
  private readonly logger = new Logger(WebhookRoutes.name);

  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    private readonly bots: BotDirectory,
    private readonly intake: UpdateIntake,
    private readonly metrics: JoinMetrics,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    void fastify.register((scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser(
        '*',
        { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES },
        (_request, body, parsed) => {
          parsed(null, body);
        },
      );
      scope.setErrorHandler<FastifyError>((error, _request, reply) => this.onError(error, reply));
      scope.post<WebhookRoute>(
        '/telegram/:botId',
        {
          bodyLimit: BODY_LIMIT_BYTES,
          onRequest: (request, reply, next) => this.admit(request, reply, next),
        },
        (request, reply) => this.receive(request, reply),
      );
      done();
    });
  }

  /** Runs when the headers are in, and the body is not. */
  private admit(request: FastifyRequest<WebhookRoute>, reply: FastifyReply, next: () => void): void {
    const lookup = this.bots.find(request.params.botId);
    switch (lookup.kind) {
      case 'known':
        if (isSecret(request.headers[SECRET_HEADER], lookup.bot.secretDigests)) next();
        else this.refuse(reply, 401, 'wrong-secret');
        return;
      case 'sealed':
        this.refuse(reply, 503, 'sealed-secret');
        return;
      case 'unknown':
        if (this.bots.isReady()) this.refuse(reply, 404, 'unknown-bot');
        else this.refuse(reply, 503, 'not-ready');
    }
  }

  private async receive(request: FastifyRequest<WebhookRoute>, reply: FastifyReply): Promise<FastifyReply> {
    const result = await this.taken(request.params.botId, request.body ?? Buffer.alloc(0));
    switch (result.kind) {
      case 'done':
        return reply.code(200).send();
      case 'later':
        return comeAgain(reply, result.retryAfterMs).send();
      case 'hand-over':
        return reply.code(200).send(result.call);
    }
  }

  private async taken(botId: string, body: Buffer): Promise<FollowUpResult> {
    try {
      return await this.intake.take(botId, body);
    } catch (error) {
      // The publisher logs that Kafka is away, once a batch; here it would be a line for each try of each update.
      if (!(error instanceof Retriable)) this.logger.error({ err: error }, 'an update could not be stored');
      return { kind: 'later', retryAfterMs: RETRY_AFTER_MS };
    }
  }

  private refuse(reply: FastifyReply, status: 401 | 404 | 503, reason: string): void {
    this.metrics.refused.inc({ reason });
    if (status === 503) comeAgain(reply);
    else reply.code(status);
    // The body is not read, so the connection is of no further use; a stranger may send one without end.
    void reply.header('connection', 'close').send();
  }

  private onError(error: FastifyError, reply: FastifyReply): FastifyReply {
    const status = error.statusCode ?? 500;
    if (status === 413) this.metrics.refused.inc({ reason: 'too-large' });
    if (status >= 500) this.logger.error({ err: error }, 'the webhook failed');
    return reply.code(status).header('connection', 'close').send();
  }
}

/** Telegram reads whole seconds. */
const comeAgain = (reply: FastifyReply, afterMs = RETRY_AFTER_MS): FastifyReply =>
  reply.code(503).header('retry-after', String(Math.max(1, Math.ceil(afterMs / 1_000))));
