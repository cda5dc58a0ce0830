import { HealthRegistry, type HealthResult } from '@clickjoin/service-kit';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { AttributionMetrics } from '../metrics';
import { Sweeper } from './sweeper';

const EVERY_MS = 60_000;
/** An hour of them in a row. */
const FAILURES_TO_REPORT = 60;

class Stopping extends Error {}

/** Runs the sweeper now and then. It rests as long as it works, so that it takes half of one connection at most. */
@Injectable()
export class RetentionLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RetentionLoop.name);
  private isStopping = false;
  private wake: () => void = () => undefined;
  private running: Promise<void> = Promise.resolve();
  private failuresInARow = 0;

  constructor(
    @Inject(Sweeper) private readonly sweeper: Pick<Sweeper, 'sweep'>,
    private readonly metrics: AttributionMetrics,
    health: HealthRegistry,
  ) {
    health.register('retention', () => this.health());
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Waits for the batch in hand: the database closes after this. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      try {
        await this.pause(EVERY_MS);
        await this.sweeper.sweep((tookMs) => this.pause(tookMs));
        this.failuresInARow = 0;
      } catch (error) {
        if (error instanceof Stopping) return;
        this.failuresInARow += 1;
        this.metrics.sweepFailures.inc();
        this.logger.warn({ err: error }, 'removing old clicks and joins failed and will be tried again');
      }
    }
  }

  private async pause(durationMs: number): Promise<void> {
    if (!this.isStopping)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, durationMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    if (this.isStopping) throw new Stopping();
  }

  private health(): HealthResult {
    if (this.failuresInARow < FAILURES_TO_REPORT) return { status: 'up' };
    return {
      status: 'degraded',
      detail: `old clicks and joins can't be removed, ${this.failuresInARow} tries failed`,
    };
  }
}
