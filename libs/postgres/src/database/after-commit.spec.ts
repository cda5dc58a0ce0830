import type { DataSource, EntityManager, EntitySubscriberInterface } from 'typeorm';
import { AfterCommit } from './after-commit';

/** A data source whose one runner ends transactions as told; the int specs of the outbox use a real one. */
function oneRunner() {
  const subscribers: EntitySubscriberInterface[] = [];
  const queryRunner = { isTransactionActive: false };
  const event = { queryRunner } as never;
  return {
    dataSource: { subscribers } as unknown as DataSource,
    tx: { queryRunner } as unknown as EntityManager,
    commit: () => subscribers.forEach((subscriber) => void subscriber.afterTransactionCommit?.(event)),
    rollBack: () => subscribers.forEach((subscriber) => void subscriber.afterTransactionRollback?.(event)),
    inOuterTransaction: (isIn: boolean) => (queryRunner.isTransactionActive = isIn),
  };
}

describe('AfterCommit', () => {
  it('calls once for a transaction that asked, and not for the next one of its runner', () => {
    const { dataSource, tx, commit } = oneRunner();
    const callback = jest.fn();
    new AfterCommit(dataSource, callback).of(tx);
    commit();
    commit();
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it('gives what was noted in the transaction, in one call', () => {
    const { dataSource, tx, commit, rollBack } = oneRunner();
    const callback = jest.fn();
    const afterCommit = new AfterCommit<string>(dataSource, callback);
    afterCommit.of(tx, 'undone');
    rollBack();
    afterCommit.of(tx, 'one');
    afterCommit.of(tx, 'two');
    commit();
    expect(callback.mock.calls).toEqual([[['one', 'two']]]);
  });

  it('does not call for what was rolled back, nor for the transaction after it', () => {
    const { dataSource, tx, commit, rollBack } = oneRunner();
    const callback = jest.fn();
    new AfterCommit(dataSource, callback).of(tx);
    rollBack();
    commit();
    expect(callback).not.toHaveBeenCalled();
  });

  it('waits for the outer commit when a savepoint is released', () => {
    const { dataSource, tx, commit, inOuterTransaction } = oneRunner();
    const callback = jest.fn();
    new AfterCommit(dataSource, callback).of(tx);
    inOuterTransaction(true);
    commit();
    expect(callback).not.toHaveBeenCalled();
    inOuterTransaction(false);
    commit();
    expect(callback).toHaveBeenCalledTimes(1);
  });
});
