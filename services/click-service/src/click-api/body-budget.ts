import type { FastifyReply, FastifyRequest } from 'fastify';

/** Almost every click is smaller; beside its connection it is nothing. */
const SMALL_BYTES = 16 * 1024;
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * How much of large bodies is in memory at once: callers that send slowly, or all at the same time, must not fill it.
 * What is reserved is given back when the connection has let go of the answer, however that went.
 */
export class BodyBudget {
  private reserved = 0;

  /** @returns false when there is no room */
  reserve(request: FastifyRequest, reply: FastifyReply, limitBytes: number): boolean {
    const declared = Number(request.headers['content-length'] ?? limitBytes);
    const bytes = Number.isFinite(declared) ? Math.min(declared, limitBytes) : limitBytes;
    if (bytes <= SMALL_BYTES) return true;
    if (this.reserved + bytes > MOST_BYTES) return false;
    this.reserved += bytes;
    reply.raw.once('close', () => (this.reserved -= bytes));
    return true;
  }
}
