import { BaseConfig, Problem, type FieldFault } from '@clickjoin/service-kit';
import { Injectable, Logger } from '@nestjs/common';
import { DashboardConfig } from '../config';

export type ServiceName = 'click-service' | 'attribution-service' | 'tiktok-dispatcher';

/** A service did not answer, or not with anything readable. The class says so; what to do depends on the question. */
export class ServiceAway extends Error {
  override readonly name = 'ServiceAway';

  constructor(
    readonly service: ServiceName,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${service} does not answer (${reason})`, options);
  }

  /** As the answer to a person who asked for what only that service can do. */
  toProblem(): Problem {
    return new Problem(503, {
      title: 'A service does not answer',
      type: 'urn:clickjoin:service-away',
      detail: `The ${this.service} does not answer (${this.reason}). What it keeps is safe; try again in a moment.`,
      headers: { 'retry-after': '5' },
      cause: this,
    });
  }
}

export interface Question {
  readonly method?: 'GET' | 'POST';
  readonly body?: object;
  /** From the question to the last byte of the answer. */
  readonly timeoutMs?: number;
}

/** A person waits in front of a screen that can be shown without the answer. */
const TIMEOUT_MS = 3_000;
const LONGEST_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * What only another service knows, or can do. Data crosses rooms through topics; these are questions and commands of
 * people, and each of them has an answer for the case that the service is away.
 */
@Injectable()
export class InternalApi {
  private readonly logger = new Logger(InternalApi.name);
  private readonly addresses: Readonly<Record<ServiceName, string>>;
  private readonly token: string | undefined;

  constructor(config: DashboardConfig, { internalApiToken }: BaseConfig) {
    this.addresses = {
      'click-service': config.clickServiceUrl,
      'attribution-service': config.attributionServiceUrl,
      'tiktok-dispatcher': config.tiktokDispatcherUrl,
    };
    this.token = internalApiToken;
  }

  /**
   * @returns the answer's JSON, unchecked: both ends are of one release.
   * @throws ServiceAway without a readable answer, and for any refusal that is about us and not about the question.
   * @throws Problem as the service said it: 400, 404, 409, 422, 429.
   */
  async ask<T>(service: ServiceName, path: string, question: Question = {}): Promise<T> {
    if (this.token === undefined) throw new ServiceAway(service, 'INTERNAL_API_TOKEN is not set');
    const { method = question.body === undefined ? 'GET' : 'POST', body, timeoutMs = TIMEOUT_MS } = question;
    const { status, text } = await this.fetch(service, path, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const json = parsed(text);
    if (status >= 200 && status < 300 && json !== undefined) return json as T;
    if (REFUSALS.has(status)) throw problemOf(status, json);
    this.logger.warn(
      { service, path: path.split('?')[0], status },
      'a service answered with what is no answer',
    );
    throw new ServiceAway(service, status === 401 ? 'it refuses our INTERNAL_API_TOKEN' : `HTTP ${status}`);
  }

  /** Null while the service is away: for what a screen can be shown without. */
  async askIfThere<T>(service: ServiceName, path: string, question?: Question): Promise<T | null> {
    try {
      return await this.ask<T>(service, path, question);
    } catch (error) {
      if (error instanceof ServiceAway || (error instanceof Problem && error.status === 404)) return null;
      throw error;
    }
  }

  /** For commands. @throws Problem 503 while the service is away, or what it says. */
  async command<T>(service: ServiceName, path: string, question: Question): Promise<T> {
    try {
      return await this.ask<T>(service, path, question);
    } catch (error) {
      throw error instanceof ServiceAway ? error.toProblem() : error;
    }
  }

  private async fetch(
    service: ServiceName,
    path: string,
    init: RequestInit,
  ): Promise<{ status: number; text: string }> {
    try {
      const response = await fetch(`${this.addresses[service].replace(/\/+$/, '')}${path}`, init);
      const length = Number(response.headers.get('content-length') ?? 0);
      if (length > LONGEST_ANSWER_BYTES) throw new Error('the answer is too long');
      return { status: response.status, text: await response.text() };
    } catch (error) {
      throw new ServiceAway(service, reasonOf(error), { cause: error });
    }
  }
}

/** What is about the question, and so for the one who asked. */
const REFUSALS = new Set([400, 404, 409, 422, 429]);

/** Not by `instanceof`: an error of the platform may come from another realm. */
function reasonOf(error: unknown): string {
  const { name, cause } = error as { name?: unknown; cause?: { code?: unknown } };
  if (name === 'TimeoutError') return 'no answer in time';
  return typeof cause?.code === 'string' ? cause.code : 'no connection';
}

function parsed(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(status: number, json: unknown): Problem {
  const { title, detail, errors } = (json ?? {}) as { title?: unknown; detail?: unknown; errors?: unknown };
  return new Problem(status, {
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof detail === 'string' ? { detail } : {}),
    ...(Array.isArray(errors) ? { errors: errors.filter(isFault) } : {}),
  });
}

const isFault = (error: unknown): error is FieldFault =>
  typeof error === 'object' &&
  error !== null &&
  'field' in error &&
  typeof error.field === 'string' &&
  'message' in error &&
  typeof error.message === 'string';
