import { WakeUp } from './wake-up';

/** Longer than any test may take: a wait that returns was ended. */
const AN_HOUR_MS = 3_600_000;

describe('WakeUp', () => {
  it('ends a wait', async () => {
    const wakeUp = new WakeUp();
    const wait = wakeUp.within(AN_HOUR_MS);
    wakeUp.now();
    await expect(wait).resolves.toBeUndefined();
  });

  it('is not lost when it comes before the wait', async () => {
    const wakeUp = new WakeUp();
    wakeUp.now();
    await expect(wakeUp.within(AN_HOUR_MS)).resolves.toBeUndefined();
  });

  it.each([{ calls: 1 }, { calls: 2 }])(
    'counts for one wait only, called $calls times',
    async ({ calls }) => {
      const wakeUp = new WakeUp();
      for (let call = 0; call < calls; call += 1) wakeUp.now();
      await wakeUp.within(AN_HOUR_MS);
      const ended = jest.fn();
      const second = wakeUp.within(AN_HOUR_MS).then(ended);
      await new Promise(setImmediate);
      expect(ended).not.toHaveBeenCalled();
      wakeUp.now();
      await second;
    },
  );

  it('is not needed when the time is over', async () => {
    await expect(new WakeUp().within(1)).resolves.toBeUndefined();
  });

  it('is not needed when the wait is aborted, during it or before', async () => {
    const abort = new AbortController();
    const wakeUp = new WakeUp();
    const wait = wakeUp.within(AN_HOUR_MS, abort.signal);
    abort.abort();
    await expect(wait).resolves.toBeUndefined();
    await expect(wakeUp.within(AN_HOUR_MS, abort.signal)).resolves.toBeUndefined();
  });
});
