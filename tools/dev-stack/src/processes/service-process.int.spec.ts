import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '../infra/free-ports';
import { ServiceProcess } from './service-process';

const entry = join(__dirname, '../../test/fake-service.mjs');

describe('ServiceProcess', () => {
  let service: ServiceProcess;
  let lines: string[];

  const make = async (env: Record<string, string> = {}, stopGraceMs?: number): Promise<ServiceProcess> => {
    const port = await freePort();
    lines = [];
    service = new ServiceProcess({
      name: 'fake-service',
      entry,
      port,
      env: { PORT: String(port), ...env },
      startTimeoutMs: 5_000,
      onLine: (line) => lines.push(line),
      ...(stopGraceMs === undefined ? {} : { stopGraceMs }),
    });
    return service;
  };
  afterEach(() => service.kill('SIGKILL'));

  it('starts, waits until it is ready, and drains on stop', async () => {
    await make({ NOT_READY_FOR: '3' });
    await service.start();
    await expect(service.isReady()).resolves.toBe(true);
    await expect(service.stop()).resolves.toEqual({ code: 0, signal: null });
    expect(lines).toEqual(['{"level":30,"msg":"listening"}', 'drained']);
    expect(service.isRunning).toBe(false);
  });

  it('is killed when it does not end in its grace', async () => {
    await make({ IGNORE_SIGTERM: '1' }, 200);
    await service.start();
    await expect(service.stop()).resolves.toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('reports a start that failed with the last lines of its log', async () => {
    await make({ CRASH_AT_START: '1' });
    await expect(service.start()).rejects.toThrow(
      'fake-service ended while starting (exit code 3):\nDATABASE_URL is missing',
    );
  });

  it('gives up on a service that never gets ready, says what it answered, and ends it', async () => {
    await make({ NOT_READY_FOR: '1000000' });
    const impatient = new ServiceProcess({ ...service.options, startTimeoutMs: 600 });
    await expect(impatient.start()).rejects.toThrow(
      /was not ready after 600 ms \(\/health\/ready answered 503/,
    );
    expect(impatient.isRunning).toBe(false);
  });

  it('tells when it dies by itself, and not when it is told to end', async () => {
    await make();
    const deaths: unknown[] = [];
    service.on('died', (exit) => deaths.push(exit));
    await service.start();
    await service.kill('SIGKILL');
    await service.start();
    await service.restart();
    expect(deaths).toEqual([]);

    const died = once(service, 'died');
    await fetch(`${service.url}/crash`).catch(() => undefined);
    await expect(died).resolves.toEqual([{ code: 7, signal: null }]);
  });

  it('comes back on the same port as a new process', async () => {
    await make();
    await service.start();
    const { pid, url } = service;
    await service.kill('SIGKILL');
    await expect(service.isReady()).rejects.toThrow();
    await service.start();
    expect(service.url).toBe(url);
    expect(service.pid).not.toBe(pid);
  });
});
