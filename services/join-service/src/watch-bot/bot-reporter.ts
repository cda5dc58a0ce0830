import { Inject, Injectable, Logger } from '@nestjs/common';
import { type BotChecked, type Clock, encode, topics } from '@clickjoin/contracts';
import { InjectTable, Publisher, Retriable, type SettingsTable } from '@clickjoin/kafka';
import { CLOCK } from '@clickjoin/service-kit';
import { JoinServiceConfig } from '../config';
import { SERVICE } from '../service-name';

/** Publishes how each bot's updates come in: when that changes, and now and then when it doesn't. */
@Injectable()
export class BotReporter {
  private readonly logger = new Logger(BotReporter.name);
  private readonly published = new Map<string, BotChecked>();

  constructor(
    @InjectTable(topics.botChecked) private readonly reports: SettingsTable<BotChecked>,
    @Inject(Publisher) private readonly publisher: Pick<Publisher, 'publish'>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JoinServiceConfig) private readonly config: Pick<JoinServiceConfig, 'botReportMs'>,
  ) {}

  /** Never rejects: that Kafka is away is no reason to stop watching, and the next look reports again. */
  async report(state: Omit<BotChecked, 'checkedAt'>): Promise<void> {
    const nowMs = this.clock.now();
    const last = this.published.get(state.botId) ?? this.reports.get(state.botId);
    const isDue = last === undefined || nowMs - Date.parse(last.checkedAt) >= this.config.botReportMs;
    if (!isDue && isSameState(last, state)) return;
    try {
      const checked: BotChecked = { ...state, checkedAt: new Date(nowMs).toISOString() };
      await this.publisher.publish(encode(topics.botChecked, checked, { source: SERVICE }));
      this.published.set(state.botId, checked);
    } catch (error) {
      if (!(error instanceof Retriable)) throw error;
      this.logger.debug(
        { botId: state.botId, reason: error.message },
        'the state of a bot was not published',
      );
    }
  }
}

/**
 * In what somebody would want to know at once: that the first update has come is news, when the latest came, and how many
 * wait, changes all the time.
 */
const isSameState = (one: Omit<BotChecked, 'checkedAt'>, other: Omit<BotChecked, 'checkedAt'>): boolean =>
  one.updatesBy === other.updatesBy &&
  one.message === other.message &&
  (one.lastUpdateAt === undefined) === (other.lastUpdateAt === undefined) &&
  one.problems.length === other.problems.length &&
  one.problems.every((problem) => other.problems.includes(problem));
