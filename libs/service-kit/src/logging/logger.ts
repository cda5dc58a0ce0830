import { Logger as NestPinoLogger, PinoLogger } from 'nestjs-pino';
import pino from 'pino';
import { isError, serializeError } from './error-serializer';
import { redactLine } from './redact';

export interface LoggerOptions {
  readonly service: string;
  readonly level: string;
  /** Values to be blanked wherever they turn up, besides what is known by field name or form. */
  readonly secrets?: readonly string[];
  /** Takes finished lines; standard output without it. Written synchronously, so that a crash loses none. */
  readonly write?: (line: string) => void;
}

export function createLogger({ service, level, secrets = [], write }: LoggerOptions): pino.Logger {
  const sink = write ?? writeToStdout();
  return pino(
    {
      level,
      base: { service, pid: process.pid },
      serializers: { err: (error: unknown) => serializeError(error) },
      formatters: { log: withPlainErrors },
    },
    { write: (line: string) => sink(redactLine(line, secrets)) },
  );
}

function writeToStdout(): (line: string) => void {
  const stdout = pino.destination({ dest: 1, sync: true });
  return (line) => void stdout.write(line);
}

/** An error under any other field than `err` would become its enumerable fields, which are the ones not to log. */
function withPlainErrors(fields: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(fields).filter((name) => name !== 'err' && isError(fields[name]));
  if (names.length === 0) return fields;
  return { ...fields, ...Object.fromEntries(names.map((name) => [name, serializeError(fields[name])])) };
}

/** nestjs-pino keeps one root logger for the process; with several services in a test, each has its own. */
class ServicePinoLogger extends PinoLogger {
  constructor(private readonly root: pino.Logger) {
    super({ pinoHttp: { logger: root } });
  }

  override get logger(): pino.Logger {
    return this.root;
  }
}

/** Nest's own news at start: a line for each module and route. */
const FRAMEWORK_CONTEXTS = new Set<unknown>([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
]);
/** Nest logs a failed start and throws it as well; the one who catches it says it once, and better. */
const RETHROWN_CONTEXTS = new Set<unknown>(['ExceptionHandler', 'NestApplication']);

/** What stands behind `new Logger(Some.name)` of @nestjs/common. Fields first: `logger.warn({ topic }, 'late')`. */
export class ServiceLogger extends NestPinoLogger {
  constructor(root: pino.Logger) {
    super(new ServicePinoLogger(root), { pinoHttp: { logger: root } });
  }

  override log(message: unknown, ...params: unknown[]): void {
    if (FRAMEWORK_CONTEXTS.has(params.at(-1))) this.debug(message, ...params);
    else super.log(message, ...params);
  }

  override error(message: unknown, ...params: unknown[]): void {
    if (RETHROWN_CONTEXTS.has(params.at(-1))) this.debug(message, ...params);
    else super.error(message, ...params);
  }
}
