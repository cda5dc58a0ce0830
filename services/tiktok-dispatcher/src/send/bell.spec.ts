import { Bell } from './bell';

/** Longer than any test may take: a wait that returns was woken. */
const FOR_EVER_MS = 60_000;

describe('Bell', () => {
  it('ends a wait', async () => {
    const bell = new Bell();
    const waiting = bell.wait(FOR_EVER_MS);
    bell.ring();
    await waiting;
  });

  it('remembers a ring from before the wait, once', async () => {
    const bell = new Bell();
    bell.ring();
    bell.ring();
    await bell.wait(FOR_EVER_MS);
    let isOver = false;
    const second = bell.wait(FOR_EVER_MS).then(() => (isOver = true));
    await new Promise(setImmediate);
    expect(isOver).toBe(false);
    bell.ring();
    await second;
  });

  it('ends after its time without a ring', async () => {
    await new Bell().wait(1);
  });
});
