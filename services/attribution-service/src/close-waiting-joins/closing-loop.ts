import { HealthRegistry, type HealthResult } from '@clickjoin/service-kit';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { AttributionMetrics } from '../metrics';
import { Closer } from './closer';

/** Sooner is no use: a due join that is held back waits for the consumer. */
const SHORTEST_PAUSE_MS = 200;
/** A new waiting join is seen after this at the latest, so a join closes within grace and a second. */
const LONGEST_PAUSE_MS = 800;
/** Fewer in a row are a database that restarts. */
const FAILURES_TO_REPORT = 10;

/** Runs the closer on the wall clock: joins must be closed on idle topics too. */
@Injectable()
export class ClosingLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ClosingLoop.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private isStopping = false;
  private failuresInARow = 0;

  constructor(
    @Inject(Closer) private readonly closer: Pick<Closer, 'closeDue'>,
    private readonly metrics: AttributionMetrics,
    health: HealthRegistry,
  ) {
    health.register('closing', () => this.health());
  }

  onApplicationBootstrap(): void {
    this.runAfter(0);
  }

  /** Waits for the run in hand: the database closes after this. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private runAfter(pauseMs: number): void {
    if (this.isStopping) return;
    this.timer = setTimeout(() => {
      this.running = this.run();
    }, pauseMs);
  }

  private async run(): Promise<void> {
    let pauseMs = LONGEST_PAUSE_MS;
    try {
      const dueInMs = await this.closer.closeDue();
      this.failuresInARow = 0;
      if (dueInMs !== undefined) pauseMs = Math.min(Math.max(dueInMs, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
    } catch (error) {
      this.failuresInARow += 1;
      this.metrics.closingFailures.inc();
      this.logger.warn({ err: error }, 'closing waiting joins failed and will be tried again');
    }
    this.runAfter(pauseMs);
  }

  private health(): HealthResult {
    if (this.failuresInARow < FAILURES_TO_REPORT) return { status: 'up' };
    return {
      status: 'degraded',
      detail: `waiting joins can't be closed, ${this.failuresInARow} tries failed`,
    };
  }
}
