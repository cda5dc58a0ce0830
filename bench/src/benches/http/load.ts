import { quantile } from '../../statistics';
import type { HttpLane } from './http-lane';

export interface LoadResult {
  /** Answers by status; 0 is a broken connection. */
  readonly statuses: ReadonlyMap<number, number>;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

class Tally {
  readonly statuses = new Map<number, number>();
  private readonly latenciesMs: number[] = [];
  private readonly startedAt = performance.now();
  private lastAt = this.startedAt;

  add(status: number, sinceMs: number): void {
    this.lastAt = performance.now();
    this.latenciesMs.push(this.lastAt - sinceMs);
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
  }

  result(): LoadResult {
    return {
      statuses: this.statuses,
      perSecond: this.latenciesMs.length / ((this.lastAt - this.startedAt) / 1_000),
      p50Ms: quantile(this.latenciesMs, 0.5),
      p99Ms: quantile(this.latenciesMs, 0.99),
    };
  }
}

/** Closed: each connection sends its next request when it has its answer. Shows how much goes through. */
export async function asFastAsItGoes(
  lanes: readonly HttpLane[],
  seconds: number,
  nextRequest: () => Buffer,
): Promise<LoadResult> {
  const tally = new Tally();
  const endAt = performance.now() + seconds * 1_000;
  await Promise.all(
    lanes.map(
      (lane) =>
        new Promise<void>((resolve) => {
          const next = (): void => {
            const sentAt = performance.now();
            if (sentAt >= endAt) {
              resolve();
              return;
            }
            lane.send(nextRequest(), (status) => {
              tally.add(status, sentAt);
              if (status === 0) resolve();
              else next();
            });
          };
          next();
        }),
    ),
  );
  return tally.result();
}

/** Of a contender that can't keep up, what waits longer is not waited for. */
const PATIENCE_MS = 10_000;

/**
 * Open: requests become due at a constant rate, whether or not the earlier ones are answered, and each is timed from
 * the moment it was due. Visitors don't wait for each other; a closed load would, and hide every stall.
 */
export async function atConstantRate(
  lanes: readonly HttpLane[],
  seconds: number,
  perSecond: number,
  nextRequest: () => Buffer,
): Promise<LoadResult> {
  const tally = new Tally();
  const idle = [...lanes];
  const total = Math.round(seconds * perSecond);
  const startedAt = performance.now();
  const dueAt = (index: number): number => startedAt + (index * 1_000) / perSecond;
  let sent = 0;
  let answered = 0;
  await new Promise<void>((resolve) => {
    let isOver = false;
    const send = (): void => {
      const now = performance.now();
      while (!isOver && sent < total && dueAt(sent) <= now) {
        const lane = idle.pop();
        if (lane === undefined) return;
        const due = dueAt(sent++);
        lane.send(nextRequest(), (status) => {
          tally.add(status, due);
          answered += 1;
          idle.push(lane);
          if (answered === total || (isOver && answered === sent)) resolve();
          else send();
        });
      }
    };
    const ticking = setInterval(() => {
      send();
      if (performance.now() > dueAt(total) + PATIENCE_MS) isOver = true;
      if (isOver && answered === sent) resolve();
      if (sent === total || isOver) clearInterval(ticking);
    }, 1);
  });
  return tally.result();
}

/**
 * A storm: requests become due at a constant rate that is far more than can be answered. One that finds each connection
 * waiting for an answer is given up, so what is timed, from its sending, is how long those wait who got through.
 */
export async function flood(
  lanes: readonly HttpLane[],
  seconds: number,
  perSecond: number,
  nextRequest: () => Buffer,
): Promise<LoadResult> {
  const tally = new Tally();
  const idle = [...lanes];
  const startedAt = performance.now();
  const endAt = startedAt + seconds * 1_000;
  let due = 0;
  let inFlight = 0;
  await new Promise<void>((resolve) => {
    const ticking = setInterval(() => {
      const now = performance.now();
      const dueByNow = Math.floor(((Math.min(now, endAt) - startedAt) * perSecond) / 1_000);
      for (; due < dueByNow; due += 1) {
        const lane = idle.pop();
        if (lane === undefined) break;
        inFlight += 1;
        const sentAt = performance.now();
        lane.send(nextRequest(), (status) => {
          tally.add(status, sentAt);
          inFlight -= 1;
          if (status !== 0) idle.push(lane);
          if (inFlight === 0 && performance.now() >= endAt) resolve();
        });
      }
      due = dueByNow;
      if (now < endAt) return;
      clearInterval(ticking);
      if (inFlight === 0) resolve();
    }, 1);
  });
  return tally.result();
}

/** @throws when anything but success was answered: a refusal is no work done, and Telegram would come again */
export function countOf(results: readonly LoadResult[], success: number): number {
  let count = 0;
  for (const { statuses } of results) {
    for (const [status, times] of statuses) {
      if (status !== success) throw new Error(`${times} answers with ${status}`);
      count += times;
    }
  }
  return count;
}
