import type { Logger } from 'pino';
import type { HealthRegistry } from '../health/health-registry';

export type ServiceState = 'starting' | 'running' | 'stopping' | 'failed';

/** Where the service stands between its first and its last moment. */
export class Lifecycle {
  private current: ServiceState = 'starting';
  private readonly stop = new AbortController();

  /** Aborted when the shutdown begins, before anything closes: endless answers (SSE) and workers end on it. */
  readonly stopping: AbortSignal = this.stop.signal;

  /** @param exit ends the process; in a test, whatever shows that it would have ended. */
  constructor(
    private readonly health: HealthRegistry,
    private readonly logger: Logger,
    private readonly exit: (code: number) => void,
  ) {
    health.register('service', () =>
      this.current === 'running' ? { status: 'up' } : { status: 'down', detail: this.current },
    );
  }

  get state(): ServiceState {
    return this.current;
  }

  started(): void {
    if (this.current === 'starting') this.current = 'running';
  }

  /** @returns whether this call began it. */
  beginStop(): boolean {
    if (this.stop.signal.aborted) return false;
    if (this.current !== 'failed') this.current = 'stopping';
    this.stop.abort();
    return true;
  }

  /**
   * The process can't go on: a consumer that stopped for good, an error nobody caught. Ends it at once with code 1.
   * Nothing is drained, since nothing can be trusted; what was not acknowledged comes again.
   */
  fatal(error: unknown, what = 'fatal error'): void {
    if (this.current === 'failed') return;
    this.current = 'failed';
    this.health.failLive(what);
    this.logger.fatal({ err: error }, `${what}: the process ends`);
    this.exit(1);
  }
}
