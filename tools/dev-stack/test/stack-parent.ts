import { join } from 'node:path';
import { startKafka, startPostgres, temporaryFolder } from '../src/embedded';

/** Starts a broker and a database, says where they are, and then waits to be killed. */
async function main(): Promise<void> {
  const folder = await temporaryFolder('parent');
  const [kafka, postgres] = await Promise.all([
    startKafka({ dataDir: join(folder.path, 'kafka') }),
    startPostgres({ dataDir: join(folder.path, 'postgres'), durable: false }),
  ]);
  const report = { folder: folder.path, ports: [kafka.port, postgres.port], pids: [kafka.pid, postgres.pid] };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

void main();
