import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { BaseConfig } from '../config/base-config';
import { Problem } from '../problems/problem';

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * For what services tell each other and nobody else: `Authorization: Bearer <INTERNAL_API_TOKEN>`. Put it on a
 * controller with `@UseGuards(InternalApiGuard)`. Without a token in the environment these routes are shut, not open.
 */
@Injectable()
export class InternalApiGuard implements CanActivate {
  private readonly expected: Buffer | undefined;

  constructor({ internalApiToken }: BaseConfig) {
    this.expected = internalApiToken === undefined ? undefined : digestOf(internalApiToken);
  }

  canActivate(context: ExecutionContext): boolean {
    if (this.expected === undefined) {
      throw new Problem(503, { detail: 'The internal API is switched off: set INTERNAL_API_TOKEN.' });
    }
    const { authorization } = context.switchToHttp().getRequest<FastifyRequest>().headers;
    const [, token] = /^Bearer (\S+)$/i.exec(authorization ?? '') ?? [];
    // Digests have one length, so comparing them tells nothing about the token's.
    if (token !== undefined && timingSafeEqual(digestOf(token), this.expected)) return true;
    throw new Problem(401, {
      detail: 'This needs the header "Authorization: Bearer <INTERNAL_API_TOKEN>".',
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
}
