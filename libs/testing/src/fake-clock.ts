import { type Clock } from '@clickjoin/contracts';

/** A clock that stands still until it is told to move. */
export class FakeClock implements Clock {
  #nowMs: number;

  constructor(startAtMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startAtMs;
  }

  now(): number {
    return this.#nowMs;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }

  set(atMs: number): void {
    this.#nowMs = atMs;
  }
}
