import { HealthRegistry } from './health-registry';

describe('HealthRegistry', () => {
  it('is as well as its worst part', async () => {
    const health = new HealthRegistry();
    health.register('database', () => ({ status: 'up' }));
    expect((await health.ready()).status).toBe('up');
    health.register('outbox', () => ({ status: 'degraded', detail: 'Kafka is away' }));
    expect((await health.ready()).status).toBe('degraded');
    const remove = health.register('tables', () =>
      Promise.resolve({ status: 'down', detail: '7 records behind' }),
    );
    expect(await health.ready()).toEqual({
      status: 'down',
      checks: {
        process: { status: 'up' },
        database: { status: 'up' },
        outbox: { status: 'degraded', detail: 'Kafka is away' },
        tables: { status: 'down', detail: '7 records behind' },
      },
    });
    remove();
    expect((await health.ready()).status).toBe('degraded');
  });

  it('takes a check that throws or hangs for one that failed', async () => {
    const health = new HealthRegistry(20);
    health.register('throws', () => {
      throw new Error('no route to host');
    });
    health.register('hangs', () => new Promise(() => undefined));
    expect((await health.ready()).checks).toMatchObject({
      throws: { status: 'down', detail: 'no route to host' },
      hangs: { status: 'down', detail: 'no answer within 20 ms' },
    });
  });

  it('calls a failing check degraded where the service goes on without that part', async () => {
    const health = new HealthRegistry(20);
    health.register('database', () => new Promise(() => undefined), { failing: 'degraded' });
    expect((await health.ready()).status).toBe('degraded');
  });

  it('stays alive while others are down, and not after a fatal failure', () => {
    const health = new HealthRegistry();
    health.register('database', () => ({ status: 'down' }));
    expect(health.live().status).toBe('up');
    health.failLive('a consumer stopped for good');
    health.failLive('and something else');
    expect(health.live()).toEqual({
      status: 'down',
      checks: { process: { status: 'down', detail: 'a consumer stopped for good' } },
    });
  });

  it('refuses a second check of the same name, which would hide the first', () => {
    const health = new HealthRegistry();
    health.register('database', () => ({ status: 'up' }));
    expect(() => health.register('database', () => ({ status: 'up' }))).toThrow('already');
  });
});
