import { setTimeout as pause } from 'node:timers/promises';
import { topics } from '@clickjoin/contracts';
import { FencedTransactions } from '@clickjoin/postgres';
import { DecisionWriter } from '../src/attribute/decision.writer';

const methodOf = <T extends object, K extends keyof T & string>(prototype: T, name: K): T[K] =>
  Object.getOwnPropertyDescriptor(prototype, name)?.value as T[K];

/** Each slice of clicks lies around for so long before its transaction: joins are read ahead of their clicks. */
export function delayClicks(byMs: number): void {
  const run = methodOf(FencedTransactions.prototype, 'run');
  FencedTransactions.prototype.run = async function (this: FencedTransactions, move, work) {
    if (move.topic === topics.clickCaptured.name) await pause(byMs);
    return run.call(this, move, work) as never;
  };
}

/** Each transaction dwells for so long between what it has read and what it writes: what may overlap, does. */
export function dwellBeforeWriting(forMs: number): void {
  const write = methodOf(DecisionWriter.prototype, 'write');
  DecisionWriter.prototype.write = async function (this: DecisionWriter, ...args) {
    await pause(forMs);
    return write.apply(this, args);
  };
}
