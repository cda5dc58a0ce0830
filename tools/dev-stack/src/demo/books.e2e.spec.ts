import { SERVICE_NAMES, type ServiceName } from '../stack/service-catalogue';
import type { RunningSystem } from '../stack/start-system';
import { report } from './books/report';
import { type DemoOptions, type DemoResult, type DemoSystem, runDemo, startDemoSystem } from './run-demo';
import { until } from './until';

describe('the books of the demo', () => {
  let demo: DemoSystem;
  let lines: string[];

  const start = async (graceMs: number): Promise<void> => {
    lines = [];
    demo = await startDemoSystem({
      graceMs,
      onLog: (source, line) => lines.push(`${source} ${line}`),
    });
  };
  afterEach(async () => {
    await demo.stop();
  });

  const run = (
    options: Pick<DemoOptions, 'visitors' | 'visitorsPerSecond' | 'meanwhile'>,
  ): Promise<DemoResult> => runDemo(demo, { ...options, seed: 7, faults: true });

  /** What the services said goes into the failure: a red book alone does not tell why. */
  const expectBalanced = ({ books }: DemoResult): void => {
    if (books.balanced) return;
    const errors = lines.filter((line) => /"level":[56]0/.test(line)).slice(-20);
    throw new Error([report(books), ...errors].join('\n'));
  };

  it('balance while TikTok loses answers and Telegram delivers again', async () => {
    await start(3_000);
    const result = await run({ visitors: 300, visitorsPerSecond: 30 });
    expectBalanced(result);
    const { figures } = result.books;
    expect(figures.attributed).toBeGreaterThan(100);
    // The faults did happen, else this proves nothing.
    expect(figures.retried).toBeGreaterThan(0);
    expect(figures.duplicatesDropped).toBeGreaterThan(0);
    expect(figures.redeliveredUpdates).toBeGreaterThan(0);
  });

  it('balance after each service was killed once with visitors under way', async () => {
    await start(10_000);
    const killed: ServiceName[] = [];
    const result = await run({
      visitors: 300,
      visitorsPerSecond: 6,
      meanwhile: async (system) => {
        for (const name of SERVICE_NAMES) {
          await moreJoins(demo, 5);
          await killAndStart(system, name);
          killed.push(name);
        }
        return killed;
      },
    });
    expectBalanced(result);
    expect(killed).toEqual(SERVICE_NAMES);
    expect(result.books.figures.attributed).toBeGreaterThan(100);
  });
});

async function killAndStart(system: RunningSystem, name: ServiceName): Promise<void> {
  const service = system.services[name];
  await service.kill('SIGKILL');
  await service.start();
}

/** Lets people come between two kills, so that each service dies with work in hand. */
async function moreJoins({ sandbox }: DemoSystem, count: number): Promise<void> {
  const { joins: before } = await sandbox.telegram();
  await until(
    `${count} more people join`,
    60_000,
    async () => (await sandbox.telegram()).joins >= before + count || undefined,
  );
}
