import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';

/** Aborted when the sandbox closes, so that no slow answer holds it up. */
export type Closing = AbortSignal;

/** Waits, or returns early when the sandbox closes. */
export async function wait(ms: number, closing: Closing): Promise<void> {
  if (ms <= 0 || closing.aborted) return;
  await sleep(ms, undefined, { signal: closing }).catch((error: unknown) => {
    if (!closing.aborted) throw error;
  });
}

/** The request was done, and the sender will not hear of it: a cut connection, or silence until it gives up. */
export function loseAnswer(reply: FastifyReply, mode: 'destroy' | 'withhold'): FastifyReply {
  reply.hijack();
  if (mode === 'destroy') reply.raw.destroy();
  return reply;
}
