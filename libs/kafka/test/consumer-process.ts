/** A consumer as a process of its own, to be killed: prints one JSON line for each thing that happens. */
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Slice, SliceContext } from '../src';
import { type Event, openDatabase, type Place, startConsumerApp, writeEffects } from './consumer-app';
import type { EntityManager } from 'typeorm';

export interface ProcessSettings extends Place {
  readonly maxSliceSize: number;
  readonly pauseMs: number;
  /** Hangs after the effect of this message, before its transaction commits. */
  readonly hangAt?: string;
}

const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

async function main(settings: ProcessSettings): Promise<void> {
  const database = await openDatabase(settings.databaseUrl);
  const handle = async (slice: Slice<Event>, context: SliceContext<EntityManager>) => {
    const outcomes = await writeEffects(slice, context, settings.owner);
    say({ effects: slice.messages.length });
    if (slice.messages.some(({ event }) => event.body === settings.hangAt)) {
      say({ hanging: true });
      await sleep(3_600_000);
    }
    await sleep(settings.pauseMs);
    return outcomes;
  };
  const app = await startConsumerApp(settings, database, handle, { maxSliceSize: settings.maxSliceSize });
  void app.fatal.then((error) => {
    say({ fatal: error.message });
    process.exit(1);
  });
  process.on('SIGTERM', () => {
    void app
      .close()
      .then(() => database.destroy())
      .then(() => {
        say({ closed: true });
        process.exit(0);
      });
  });
  app.server.onAssigned(() => say({ assigned: true }));
}

void main(JSON.parse(process.argv[2] ?? '{}') as ProcessSettings);
