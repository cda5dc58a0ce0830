import {
  Body,
  Controller,
  Get,
  Injectable,
  Module,
  NotFoundException,
  Post,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { EventPattern, Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { Type } from 'class-transformer';
import { IsInt, IsString, ValidateNested } from 'class-validator';
import { BaseConfig } from '../config/base-config';
import { loadConfig } from '../config/load-config';
import { HealthRegistry } from '../health/health-registry';
import { Problem } from '../problems/problem';
import { startService, type RunningService } from './start-service';

const TOKEN = 'f00dfacef00dfacef00dfacef00dface00000001';

class PixelDto {
  @IsString() code!: string;
  @IsInt() budget!: number;
}
class SiteDto {
  @IsString() name!: string;
  @ValidateNested({ each: true }) @Type(() => PixelDto) pixels!: PixelDto[];
}

const order: string[] = [];
let letSlowAnswer: () => void = () => undefined;
let slowIsAsked: () => void = () => undefined;

class Odd extends Error {}

@Controller()
class TestController {
  @Post('sites') site(@Body() body: SiteDto): SiteDto {
    return body;
  }
  @Get('missing') missing(): never {
    throw new NotFoundException('There is no such site.');
  }
  @Get('conflict') conflict(): never {
    throw new Problem(409, {
      title: 'Slug taken',
      detail: 'Another channel has it.',
      type: 'urn:clickjoin:slug-taken',
    });
  }
  @Get('away') away(): never {
    throw new Problem(503, { headers: { 'retry-after': '2' } });
  }
  @Get('broken') broken(): never {
    throw new Error(`cannot read the token ${TOKEN}`);
  }
  @Get('slow') async slow(): Promise<string> {
    await new Promise<void>((resolve) => {
      letSlowAnswer = resolve;
      slowIsAsked();
    });
    order.push('HTTP answered');
    return 'done';
  }
  @EventPattern('odd') odd(): never {
    throw new Odd('from a handler');
  }
}

@Injectable()
class Publisher implements BeforeApplicationShutdown, OnApplicationShutdown {
  beforeApplicationShutdown(): void {
    order.push('workers stopped');
  }
  onApplicationShutdown(): void {
    order.push('database closed');
  }
}

@Module({ controllers: [TestController], providers: [Publisher] })
class TestModule {}

class Consumer extends Server implements CustomTransportStrategy {
  closed = 0;
  listen(callback: () => void): void {
    callback();
  }
  async close(): Promise<void> {
    this.closed += 1;
    order.push('consumer stops taking');
    await new Promise((resolve) => setImmediate(resolve));
    order.push('batch finished');
  }
  on(): void {
    // No events of its own.
  }
  unwrap(): never {
    throw new Error('nothing inside');
  }
}

class TestConfig extends BaseConfig {}

describe('a service', () => {
  const lines: string[] = [];
  const exits: number[] = [];
  const consumer = new Consumer();
  let service: RunningService<TestConfig>;

  const call = async (
    method: string,
    path: string,
    body?: string,
  ): Promise<{ status: number; headers: Headers; json: unknown }> => {
    const response = await fetch(`${service.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, headers: response.headers, json: await response.json() };
  };

  beforeAll(async () => {
    service = await startService(
      { service: 'test-service', config: TestConfig, module: () => TestModule, consumers: () => [consumer] },
      loadConfig(TestConfig, { KAFKA_BROKERS: '127.0.0.1:9092' }),
      { write: (line) => lines.push(line), exit: (code) => exits.push(code) },
    );
  });
  afterAll(() => service.stop());

  it('names the faulty fields of a body as problem+json', async () => {
    const { status, headers, json } = await call(
      'POST',
      '/sites',
      JSON.stringify({ pixels: [{ code: 7, budget: 1 }], extra: 1 }),
    );
    expect(status).toBe(400);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(json).toEqual({
      type: 'about:blank',
      title: 'Invalid request',
      status: 400,
      detail: 'Some fields are missing or invalid.',
      errors: expect.arrayContaining([
        { field: 'extra', message: 'is not known here' },
        { field: 'name', message: 'must be a string' },
        { field: 'pixels.0.code', message: 'must be a string' },
      ]),
    });
  });

  it.each([
    { path: '/missing', status: 404, problem: { title: 'Not Found', detail: 'There is no such site.' } },
    { path: '/nowhere', status: 404, problem: { title: 'Not Found' } },
    { path: '/conflict', status: 409, problem: { title: 'Slug taken', type: 'urn:clickjoin:slug-taken' } },
    { path: '/away', status: 503, problem: { title: 'Service Unavailable' } },
  ])('answers $path with a problem of status $status', async ({ path, status, problem }) => {
    const answer = await call('GET', path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.json).toMatchObject({ status, ...problem });
    if (status === 503) expect(answer.headers.get('retry-after')).toBe('2');
  });

  it("takes broken JSON and large bodies for the client's faults", async () => {
    expect((await call('POST', '/sites', '{"name": ')).json).toMatchObject({ status: 400 });
    expect((await call('POST', '/sites', JSON.stringify({ name: 'x'.repeat(300_000) }))).json).toMatchObject({
      status: 413,
    });
  });

  it('says nothing about an error nobody foresaw, and logs it without its secret', async () => {
    const { status, json } = await call('GET', '/broken');
    expect(status).toBe(500);
    expect(json).toEqual({ type: 'about:blank', title: 'Internal Server Error', status: 500 });
    const logged = lines.filter((line) => line.includes('a request failed'));
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain('start-service.spec');
    expect(lines.join('')).not.toContain(TOKEN);
  });

  it('logs no request that went well', async () => {
    const before = lines.length;
    await call('POST', '/sites', JSON.stringify({ name: 'a', pixels: [] }));
    expect(lines).toHaveLength(before);
  });

  it("keeps the class of an error thrown by a consumer's handler", async () => {
    const handler = consumer.getHandlerByPattern('odd');
    if (handler === null) throw new Error('the handler was not registered');
    const result = handler({}, {});
    const caught = await Promise.resolve(result)
      .then(
        (stream) =>
          new Promise((_resolve, reject) => {
            const { subscribe } = stream as {
              subscribe: (observer: { error: (e: unknown) => void }) => void;
            };
            subscribe.call(stream, { error: reject });
          }),
      )
      .catch((error: unknown) => error);
    expect(caught).toBeInstanceOf(Odd);
  });

  it('reports health and metrics', async () => {
    expect((await call('GET', '/health/live')).json).toEqual({
      status: 'up',
      checks: { process: { status: 'up' } },
    });
    expect(await call('GET', '/health/ready')).toMatchObject({
      status: 200,
      json: { checks: { service: { status: 'up' } } },
    });
    const remove = service.app
      .get(HealthRegistry)
      .register('tables', () => ({ status: 'down', detail: 'behind' }));
    expect(await call('GET', '/health/ready')).toMatchObject({
      status: 503,
      json: { checks: { tables: { detail: 'behind' } } },
    });
    remove();
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toContain('clickjoin_process_cpu_seconds_total');
    expect(metrics).toMatch(/clickjoin_http_request_seconds_count\{.*route="\/sites".*status="4xx".*\} \d/);
    expect(metrics).toContain('service="test-service"');
  });

  it('stops taking, finishes, answers what it has, and closes databases last', async () => {
    const asked = new Promise<void>((resolve) => (slowIsAsked = resolve));
    const answer = fetch(`${service.url}/slow`).then((response) => response.text());
    await asked;
    const stopped = service.stop();
    expect(service.lifecycle.stopping.aborted).toBe(true);
    expect(service.lifecycle.state).toBe('stopping');
    setTimeout(() => letSlowAnswer(), 50);
    expect(await answer).toBe('done');
    await stopped;
    await service.stop();
    expect(order).toEqual([
      'consumer stops taking',
      'batch finished',
      'workers stopped',
      'HTTP answered',
      'database closed',
    ]);
    expect(consumer.closed).toBe(1);
    expect(exits).toEqual([]);
  });

  it('ends by a fatal error with code 1, once, and is no longer alive', () => {
    service.lifecycle.fatal(new Error('a consumer stopped for good'), 'consumer crashed');
    service.lifecycle.fatal(new Error('again'));
    expect(exits).toEqual([1]);
    expect(service.app.get(HealthRegistry).live().status).toBe('down');
    expect(lines.filter((line) => (JSON.parse(line) as { level: number }).level === 60)).toHaveLength(1);
  });
});
