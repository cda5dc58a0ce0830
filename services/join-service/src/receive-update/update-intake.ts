import { Inject, Injectable, Logger } from '@nestjs/common';
import { type Clock, type OutboundRecord, type RecordContext } from '@clickjoin/contracts';
import { Publisher } from '@clickjoin/kafka';
import { CLOCK } from '@clickjoin/service-kit';
import { JoinServiceConfig } from '../config';
import { JoinMetrics } from '../metrics';
import { SERVICE } from '../service-name';
import { translate } from '../translate/translate';
import type { TelegramEvent, Translation } from '../translate/translation';
import { recordOf, rejectedRecordOf } from './records';
import { traceparentOf } from './traceparent';

interface Understood {
  readonly translation: Translation;
  readonly records: readonly OutboundRecord[];
}

/** Takes authentic updates: body → translation → log. Keeps no state, so a redelivered update is taken the same way. */
@Injectable()
export class UpdateIntake {
  private readonly logger = new Logger(UpdateIntake.name);

  constructor(
    @Inject(Publisher) private readonly publisher: Pick<Publisher, 'publishAll'>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JoinServiceConfig) private readonly config: Pick<JoinServiceConfig, 'publishDeadlineMs'>,
    private readonly metrics: JoinMetrics,
  ) {}

  /**
   * Resolves when all that the update says is in the log, or when it says nothing.
   * @throws what Publisher.publishAll throws: the update is not stored, and must not be acknowledged
   */
  async take(botId: string, body: Buffer): Promise<void> {
    const { translation, records } = this.understand(botId, body);
    const endTimer = this.metrics.storeSeconds.startTimer();
    try {
      await this.publisher.publishAll(records, { deadlineMs: this.config.publishDeadlineMs });
    } catch (error) {
      this.metrics.updates.inc({ outcome: 'not-stored' });
      throw error;
    }
    if (records.length > 0) endTimer();
    this.count(translation);
  }

  /** Never throws: what can't be understood is kept as it came, since a failing update stalls its bot's queue. */
  private understand(botId: string, body: Buffer): Understood {
    const context = { source: SERVICE, traceparent: traceparentOf(botId, body) };
    const translation = translationOf(botId, body);
    switch (translation.kind) {
      case 'skipped':
        return { translation, records: [] };
      case 'rejected':
        return this.rejected(botId, body, context, translation.reason);
      case 'events':
        try {
          return { translation, records: translation.events.map((event) => recordOf(event, context)) };
        } catch (error) {
          return this.rejected(botId, body, context, String(error).slice(0, 500));
        }
    }
  }

  private rejected(botId: string, body: Buffer, context: RecordContext, reason: string): Understood {
    this.logger.warn({ botId, reason, bytes: body.length }, 'an update could not be understood');
    const receivedAt = new Date(this.clock.now()).toISOString();
    return {
      translation: { kind: 'rejected', reason },
      records: [rejectedRecordOf({ botId, receivedAt, reason, body }, context)],
    };
  }

  private count(translation: Translation): void {
    switch (translation.kind) {
      case 'skipped':
        this.metrics.updates.inc({ outcome: 'skipped' });
        this.metrics.skipped.inc({ reason: translation.reason });
        return;
      case 'rejected':
        this.metrics.updates.inc({ outcome: 'rejected' });
        return;
      case 'events':
        this.metrics.updates.inc({ outcome: 'published' });
        translation.events.forEach((event) => this.countEvent(event));
    }
  }

  private countEvent({ type, event }: TelegramEvent): void {
    this.metrics.events.inc({ type });
    if (type !== 'JoinReceived') return;
    this.metrics.joins.inc({ route: event.route, matchable: String(event.link?.isOwn === true) });
  }
}

function translationOf(botId: string, body: Buffer): Translation {
  let update: unknown;
  try {
    update = JSON.parse(body.toString('utf8'));
  } catch {
    return { kind: 'rejected', reason: 'not JSON' };
  }
  return translate(botId, update);
}
