import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import type { BaseConfig } from '../config/base-config';
import { secretsIn } from '../config/load-config';
import { HealthRegistry } from '../health/health-registry';
import { addOperationalRoutes } from '../http/operational-routes';
import { logRequests } from '../http/request-log';
import { createLogger, ServiceLogger } from '../logging/logger';
import { MetricsRegistry } from '../metrics/metrics-registry';
import { ProblemFilter } from '../problems/problem.filter';
import { createValidationPipe } from '../problems/validation.pipe';
import { Lifecycle } from './lifecycle';
import type { HttpOptions, ServiceDefinition } from './service-definition';
import { ServiceKitModule } from './service-kit.module';

export interface StartOptions {
  /** Takes the log lines instead of standard output. */
  readonly write?: (line: string) => void;
  /** Called by `Lifecycle.fatal`. Without it a fatal error only shows in `/health/live`. */
  readonly exit?: (code: number) => void;
  /** Just before the port opens: from here on there is something to stop in order. */
  readonly onOpening?: (service: RunningService<BaseConfig>) => void;
}

export interface RunningService<C extends BaseConfig> {
  readonly app: NestFastifyApplication;
  readonly config: C;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  /** Where it listens, with the real port. */
  readonly url: string;
  /**
   * Stops taking, finishes, closes: `/health/ready` says 503, consumers finish their batch, workers and the outbox
   * relay end (`beforeApplicationShutdown`), HTTP answers what it has and closes, then publishers and databases
   * (`onApplicationShutdown`). May be called again.
   */
  stop(): Promise<void>;
}

@Module({})
class ServiceModule {}

/** Starts a service inside this process; `bootstrap` is this plus the manners of a process. Tests use it directly. */
export async function startService<C extends BaseConfig>(
  definition: ServiceDefinition<C>,
  config: C,
  { write, exit = () => undefined, onOpening }: StartOptions = {},
): Promise<RunningService<C>> {
  const { service } = definition;
  const logger = createLogger({
    service,
    level: config.logLevel,
    secrets: secretsIn(config),
    ...(write === undefined ? {} : { write }),
  });
  const health = new HealthRegistry();
  const metrics = new MetricsRegistry(service);
  const lifecycle = new Lifecycle(health, logger, exit);
  metrics.collectProcessMetrics();

  const root: DynamicModule = {
    module: ServiceModule,
    imports: [
      ServiceKitModule.forRoot({ service, config, health, metrics, lifecycle }),
      definition.module(config),
    ],
  };
  const app = await NestFactory.create<NestFastifyApplication>(
    root,
    fastifyFor(definition.http?.(config) ?? {}),
    {
      logger: new ServiceLogger(logger),
      abortOnError: false,
      // Otherwise Nest holds its lines back until the port is open, and a start that hangs says nothing.
      bufferLogs: false,
    },
  );
  try {
    const fastify = app.getHttpAdapter().getInstance();
    logRequests(fastify, logger, metrics);
    addOperationalRoutes(fastify, health, metrics);
    app.useGlobalPipes(createValidationPipe());
    app.useGlobalFilters(new ProblemFilter());
    const consumers = (definition.consumers?.(app) ?? []).map(closingOnce);
    for (const strategy of consumers) app.connectMicroservice({ strategy }, { inheritAppConfig: true });
    await app.init();

    let stopping: Promise<void> | undefined;
    let url = '';
    const running: RunningService<C> = {
      app,
      config,
      logger,
      lifecycle,
      get url() {
        return url;
      },
      stop: () => (stopping ??= stopInOrder(app, consumers, lifecycle)),
    };
    onOpening?.(running);
    await app.listen(config.port, config.host);
    url = await app.getUrl();
    if (!lifecycle.stopping.aborted) await app.startAllMicroservices();
    if (!lifecycle.stopping.aborted) await definition.onReady?.(app, config);
    lifecycle.started();
    logger.info({ url, version: definition.version }, 'ready');
    return running;
  } catch (error) {
    // By a signal, the shutdown is already at it.
    if (lifecycle.beginStop()) await closeAfterFailure(app, logger);
    throw error;
  }
}

async function closeAfterFailure(app: NestFastifyApplication, logger: Logger): Promise<void> {
  try {
    await app.close();
  } catch (error) {
    logger.warn({ err: error }, 'closing after a failed start failed');
  }
}

function fastifyFor({
  trustedProxies = [],
  bodyLimitBytes = 256 * 1024,
  headerLimitBytes,
}: HttpOptions): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: bodyLimitBytes,
    ...(headerLimitBytes === undefined ? {} : { http: { maxHeaderSize: headerLimitBytes } }),
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    // Above the usual 60 s of load balancers: the one who closes first must not be the one who is asked.
    keepAliveTimeout: 65_000,
    // A client that sends its request drop by drop is cut off.
    requestTimeout: 30_000,
  });
}

async function stopInOrder(
  app: NestFastifyApplication,
  consumers: readonly CustomTransportStrategy[],
  lifecycle: Lifecycle,
): Promise<void> {
  lifecycle.beginStop();
  // Before Nest's own order, which closes HTTP first and would leave nobody to see a long drain.
  const drained = await Promise.allSettled(consumers.map((consumer) => consumer.close() as Promise<unknown>));
  await closeHttpAndProviders(app);
  const failures = drained.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  if (failures.length > 0) throw new AggregateError(failures, 'a consumer did not close cleanly');
}

/**
 * Closing waits for connections, and one that was busy when it began stays open for the keep-alive time afterwards:
 * those are swept away as they become idle.
 */
async function closeHttpAndProviders(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpServer();
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
  }
}

/** Nest closes consumers too, after HTTP: the second call gets the first one's result. */
function closingOnce(strategy: CustomTransportStrategy): CustomTransportStrategy {
  const close = strategy.close.bind(strategy) as () => unknown;
  let closing: Promise<unknown> | undefined;
  strategy.close = (): Promise<unknown> => (closing ??= Promise.resolve().then(close));
  return strategy;
}
