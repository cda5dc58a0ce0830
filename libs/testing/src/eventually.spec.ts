import { eventually } from './eventually';
import { FakeClock } from './fake-clock';

describe('eventually', () => {
  it('repeats the assertion until it holds, and returns its value', async () => {
    let tries = 0;
    const value = await eventually(
      () => {
        tries++;
        if (tries < 3) throw new Error('not yet');
        return `held at try ${tries}`;
      },
      { everyMs: 1 },
    );
    expect(value).toBe('held at try 3');
  });

  it('ends with the last error of the assertion', async () => {
    let tries = 0;
    const failing = eventually(() => Promise.reject(new Error(`try ${++tries}`)), {
      timeoutMs: 20,
      everyMs: 5,
    });
    await expect(failing).rejects.toThrow(/^try \d+$/);
    expect(tries).toBeGreaterThan(1);
  });
});

describe('FakeClock', () => {
  it('moves only when it is told to', () => {
    const clock = new FakeClock(1_000);
    expect(clock.now()).toBe(1_000);
    clock.advance(500);
    expect(clock.now()).toBe(1_500);
    clock.set(42);
    expect(clock.now()).toBe(42);
  });
});
