import type { FastifyRequest } from 'fastify';

/** Twice the same header is somebody's joke; the first counts. */
export function headerOf({ headers }: Pick<FastifyRequest, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}
