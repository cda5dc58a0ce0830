import type { ClickCaptured, Clock, OutboundRecord } from '@clickjoin/contracts';
import { Publisher } from '@clickjoin/kafka';
import { CLOCK } from '@clickjoin/service-kit';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ClickServiceConfig } from '../config';
import { ClickMetrics } from '../metrics';
import { RareLog } from '../rare-log';
import { clickRecord } from './click-record';
import { ClickSpool } from './click-spool';

export type Recorded = 'log' | 'spool' | 'lost';

/** After a failure, how long visitors don't wait for Kafka first. One in this time tries whether it is back. */
const KAFKA_PAUSE_MS = 2_000;

/**
 * Makes a click safe before its visitor is sent on: in the log, else in the spool. A click may come to be in both
 * (Kafka acknowledged too late); it has one id, so readers count it once.
 */
@Injectable()
export class ClickLog {
  private readonly logger = new Logger(ClickLog.name);
  private readonly warnings: RareLog;
  private kafkaAwayUntil = 0;

  constructor(
    private readonly publisher: Publisher,
    private readonly spool: ClickSpool,
    private readonly config: ClickServiceConfig,
    private readonly metrics: ClickMetrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.warnings = new RareLog(10_000, clock);
  }

  /** Never throws: a click that can't be kept must not keep its visitor from Telegram. */
  async record(click: ClickCaptured, traceparent: string): Promise<Recorded> {
    const stopTimer = this.metrics.recordSeconds.startTimer();
    const where = await this.keep(click, traceparent).catch((error: unknown) => {
      const times = this.warnings.due('lost');
      if (times !== undefined)
        this.logger.error({ err: error, times }, 'a click is lost; its visitor is not');
      return 'lost' as const;
    });
    stopTimer();
    this.metrics.recorded.inc({ where });
    return where;
  }

  private async keep(click: ClickCaptured, traceparent: string): Promise<Recorded> {
    const record = clickRecord(click, traceparent);
    const now = this.clock.now();
    if (now < this.kafkaAwayUntil) {
      // Kafka would make each visitor wait for the whole deadline, and the spool is as safe.
      return await this.toSpool(record).catch(() => this.toKafka(record));
    }
    // While this one finds out, the others needn't wait along, if Kafka was away a moment ago.
    if (this.kafkaAwayUntil > 0) this.kafkaAwayUntil = now + KAFKA_PAUSE_MS;
    return await this.toKafka(record).catch((error: unknown) => {
      const times = this.warnings.due('kafka');
      if (times !== undefined)
        this.logger.warn({ err: error, times }, 'Kafka did not take a click; spooling');
      return this.toSpool(record);
    });
  }

  private async toKafka(record: OutboundRecord): Promise<Recorded> {
    try {
      await this.publisher.publish(record, { deadlineMs: this.config.publishDeadlineMs });
      this.kafkaAwayUntil = 0;
      return 'log';
    } catch (error) {
      this.kafkaAwayUntil = this.clock.now() + KAFKA_PAUSE_MS;
      throw error;
    }
  }

  private async toSpool(record: OutboundRecord): Promise<Recorded> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error('the spool did not answer in time')),
        this.config.spoolDeadlineMs,
      );
    });
    try {
      await Promise.race([this.spool.append(record), late]);
      return 'spool';
    } finally {
      clearTimeout(timer);
    }
  }
}
