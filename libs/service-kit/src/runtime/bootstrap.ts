import type { Logger } from 'pino';
import type { BaseConfig } from '../config/base-config';
import { ConfigError } from '../config/config-error';
import { loadConfig, secretsIn } from '../config/load-config';
import { createLogger } from '../logging/logger';
import type { ServiceDefinition } from './service-definition';
import { startService, type RunningService } from './start-service';

/** `EX_CONFIG` of sysexits.h: restarting without another environment is no use. */
const EXIT_CONFIG = 78;
const SHUTDOWN_DEADLINE_MS = 20_000;
/** Ctrl-C reaches the whole process group, and the parent then sends its own signal: that is one wish, not two. */
const SAME_WISH_MS = 1_000;

/**
 * Runs a service as this process, from the environment to the exit code: 0 after a shutdown by SIGTERM or SIGINT,
 * 1 after a crash, a failed start, a second signal or 20 s of shutting down, 78 for a faulty environment.
 */
export async function bootstrap<C extends BaseConfig>(definition: ServiceDefinition<C>): Promise<void> {
  const config = configOrExit(definition);
  const logger = createLogger({
    service: definition.service,
    level: config.logLevel,
    secrets: secretsIn(config),
  });
  let running: RunningService<BaseConfig> | undefined;

  const crash = (error: unknown, what: string): void => {
    if (running !== undefined) {
      running.lifecycle.fatal(error, what);
    } else {
      logger.fatal({ err: error }, `${what}: the process ends`);
      process.exit(1);
    }
  };
  process.on('uncaughtException', (error) => crash(error, 'uncaught exception'));
  process.on('unhandledRejection', (reason) => crash(reason, 'unhandled rejection'));
  const signals = stopOnSignal(logger, () => running);

  try {
    await startService(definition, config, {
      exit: (code) => process.exit(code),
      onOpening: (service) => (running = service),
    });
  } catch (error) {
    // A signal in the middle of the start: the shutdown is on its way and has the last word.
    if (signals.received()) return;
    logger.fatal({ err: error }, `${definition.service} could not start: ${explain(error, config)}`);
    process.exit(1);
  }
}

function configOrExit<C extends BaseConfig>({ config, service }: ServiceDefinition<C>): C {
  try {
    return loadConfig(config);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${service} cannot start. ${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}

function stopOnSignal(
  logger: Logger,
  running: () => RunningService<BaseConfig> | undefined,
): { received: () => boolean } {
  let askedAt: number | undefined;

  const onSignal = (signal: NodeJS.Signals): void => {
    if (askedAt !== undefined) {
      if (performance.now() - askedAt < SAME_WISH_MS) return;
      logger.error({ signal }, 'a second signal: ending at once');
      process.exit(1);
    }
    askedAt = performance.now();
    const service = running();
    // Nothing has been taken yet, so nothing needs finishing; a start that waits for its database would wait on.
    if (service === undefined) {
      logger.info({ signal }, 'stopped during the start');
      process.exit(0);
    }
    logger.info({ signal }, 'shutting down');
    setTimeout(() => {
      logger.error({ deadlineMs: SHUTDOWN_DEADLINE_MS }, 'the shutdown takes too long: ending at once');
      process.exit(1);
    }, SHUTDOWN_DEADLINE_MS);
    service.stop().then(
      () => {
        logger.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        logger.error({ err: error }, 'the shutdown failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return { received: () => askedAt !== undefined };
}

/** Node's words for a taken port name neither the variable nor the way out. */
function explain(error: unknown, { host, port }: BaseConfig): string {
  const { code } = error as { code?: unknown };
  if (code === 'EADDRINUSE') return `port ${port} on ${host} is taken; stop what listens there or set PORT`;
  if (code === 'EACCES')
    return `port ${port} on ${host} is not allowed to this user; set PORT to one above 1023`;
  if (code === 'EADDRNOTAVAIL') return `${host} is no address of this machine; set HOST`;
  return error instanceof Error ? error.message : String(error);
}
