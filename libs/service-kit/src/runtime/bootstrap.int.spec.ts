import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { eventually, spawnSource, type SourceProcess } from '@clickjoin/testing';

const SECRET_KEYS = 'k1:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=';
const GOOD = { KAFKA_BROKERS: '127.0.0.1:9092', SECRET_KEYS };

interface ServiceProcess {
  readonly child: SourceProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly code: Promise<number | null>;
  /** Waits for the line that says so. */
  readonly url: () => Promise<string>;
}

const processes: SourceProcess[] = [];

function run(env: Record<string, string>, ...flags: string[]): ServiceProcess {
  const child = spawnSource(join(__dirname, 'service-process.fixture.ts'), flags, env);
  processes.push(child);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const code = once(child, 'close').then(([status]) => status as number | null);
  const url = (): Promise<string> =>
    eventually(
      () => {
        const [, found] = /"url":"([^"]+)"/.exec(out) ?? [];
        if (found === undefined) throw new Error(`not ready: ${out}${err}`);
        return found;
      },
      { timeoutMs: 30_000 },
    );
  return { child, out: () => out, err: () => err, code, url };
}

afterEach(() => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
});

describe('a service as a process', () => {
  it('answers, closes in order and exits 0 after SIGTERM under load', async () => {
    const service = run(GOOD);
    const url = await service.url();
    const answer = fetch(`${url}/slow`).then((response) => response.text());
    await eventually(() => expect(service.out()).toContain('slow request began'));
    service.child.kill('SIGTERM');
    expect(await answer).toBe('answered');
    expect(await service.code).toBe(0);
    const messages = service
      .out()
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages.slice(-4)).toEqual(['shutting down', 'batch finished', 'database closed', 'stopped']);
    expect(service.out()).not.toContain(SECRET_KEYS.slice(3));
    expect(service.err()).toBe('');
  });

  it('takes SIGINT and a SIGTERM right behind it for one wish', async () => {
    const service = run(GOOD);
    await service.url();
    service.child.kill('SIGINT');
    service.child.kill('SIGTERM');
    expect(await service.code).toBe(0);
  });

  it('exits 1 at a second signal when the shutdown hangs', async () => {
    const service = run(GOOD, '--hang');
    await service.url();
    service.child.kill('SIGTERM');
    await eventually(
      () => {
        service.child.kill('SIGTERM');
        expect(service.out()).toContain('a second signal');
      },
      { everyMs: 200 },
    );
    expect(await service.code).toBe(1);
  });

  it.each([
    { path: 'reject', what: 'unhandled rejection', reason: 'nobody caught this' },
    { path: 'throw', what: 'uncaught exception', reason: 'nobody caught that' },
  ])('logs and exits 1 after an $what', async ({ path, what, reason }) => {
    const service = run(GOOD);
    const url = await service.url();
    await fetch(`${url}/${path}`).catch(() => undefined);
    expect(await service.code).toBe(1);
    const last = JSON.parse(service.out().trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    expect(last).toMatchObject({ level: 60, msg: `${what}: the process ends`, err: { message: reason } });
  });

  it('exits 78 with one message for a faulty environment, and names no secret', async () => {
    const service = run({ PORT: 'eighty', SECRET_KEYS: '' });
    expect(await service.code).toBe(78);
    expect(service.out()).toBe('');
    expect(service.err()).toMatch(/^fixture-service cannot start\. The configuration has 3 faults:\n/);
    for (const variable of ['PORT', 'KAFKA_BROKERS', 'SECRET_KEYS'])
      expect(service.err()).toContain(`\n  ${variable} `);
  });

  it('says in one sentence that the port is taken, and exits 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const service = run({ ...GOOD, PORT: String(port) });
    const code = await service.code;
    other.close();
    expect(code).toBe(1);
    const lines = service
      .out()
      .trim()
      .split('\n')
      .filter((line) => (JSON.parse(line) as { level: number }).level >= 40);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`could not start: port ${port} on 127.0.0.1 is taken`);
  });
});
