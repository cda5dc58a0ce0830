import { Logger } from '@nestjs/common';
import type { Logger as TypeormLogger } from 'typeorm';

/** Slower statements are worth a line. */
export const SLOW_STATEMENT_MS = 1_000;

/** TypeORM's news in the service's log, without the statements' values: those are visitors and sealed tokens. */
export class TypeormLog implements TypeormLogger {
  private readonly logger = new Logger('Postgres');

  logQuery(): void {
    // A line for each statement would be most of the log.
  }

  logQueryError(error: string | Error, query: string): void {
    // The caller gets the error too and knows whether it matters: a unique key that decides is no failure.
    this.logger.debug(
      { query, reason: error instanceof Error ? error.message : error },
      'a statement failed',
    );
  }

  logQuerySlow(durationMs: number, query: string): void {
    this.logger.warn({ durationMs, query }, 'slow statement');
  }

  logSchemaBuild(message: string): void {
    this.logger.debug(message);
  }

  logMigration(message: string): void {
    this.logger.log(message);
  }

  log(level: 'log' | 'info' | 'warn', message: unknown): void {
    if (level === 'warn') this.logger.warn(String(message));
    else this.logger.debug(String(message));
  }
}
