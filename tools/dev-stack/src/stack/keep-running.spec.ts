import { startAgain } from './keep-running';

const failing = (failures: number): { name: string; starts: number; start: () => Promise<void> } => ({
  name: 'click-service',
  starts: 0,
  start() {
    this.starts++;
    return this.starts > failures ? Promise.resolve() : Promise.reject(new Error('no disk'));
  },
});

describe('startAgain', () => {
  it('tries until it runs, with longer pauses, and says what it does', async () => {
    const said: string[] = [];
    const service = failing(3);
    await startAgain(service, 'ended with code 1', {
      say: (text) => said.push(text),
      stopping: new AbortController().signal,
      firstPauseMs: 1,
      longestPauseMs: 2,
    });
    expect(said).toEqual([
      'click-service ended with code 1; it is started again in 0.001 s',
      'click-service could not be started (no disk); it is started again in 0.002 s',
      'click-service could not be started (no disk); it is started again in 0.002 s',
      'click-service could not be started (no disk); it is started again in 0.002 s',
      'click-service runs again',
    ]);
  });

  it('starts nothing once the system stops, also in the middle of a pause', async () => {
    const stopping = new AbortController();
    const service = failing(0);
    const waiting = startAgain(service, 'died', {
      say: () => stopping.abort(),
      stopping: stopping.signal,
      firstPauseMs: 60_000,
    });
    await waiting;
    expect(service.starts).toBe(0);
  });
});
