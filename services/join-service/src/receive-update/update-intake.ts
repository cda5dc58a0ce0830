import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  type ChannelConfigured,
  type Clock,
  type OutboundRecord,
  type RecordContext,
  topics,
} from '@clickjoin/contracts';
import { InjectTable, Publisher, type SettingsTable } from '@clickjoin/kafka';
import { CLOCK } from '@clickjoin/service-kit';
import { BotActivity } from '../bots/bot-activity';
import { ChannelSightings } from '../channels/channel-sightings';
import { ruleOf } from '../channels/rule-of';
import { JoinServiceConfig } from '../config';
import { followUpOf } from '../follow-up/follow-up';
import { FollowUpRunner, type FollowUpResult } from '../follow-up/follow-up-runner';
import { JoinMetrics } from '../metrics';
import { SERVICE } from '../service-name';
import { sightingOf } from '../translate/sighting';
import { translate } from '../translate/translate';
import type { TelegramEvent, Translation } from '../translate/translation';
import { type Received, updatesIn } from './read-updates';
import { recordOf, rejectedRecordOf } from './records';
import { traceparentOf } from './traceparent';

interface Understood {
  readonly translation: Translation;
  /** What it says, and what it shows of the channel in passing. */
  readonly events: readonly TelegramEvent[];
  readonly records: readonly OutboundRecord[];
  readonly traceparent: string;
}

const DONE: FollowUpResult = { kind: 'done' };

/** Takes authentic updates: body → translation → log → what the bot does about it. */
@Injectable()
export class UpdateIntake {
  private readonly logger = new Logger(UpdateIntake.name);

  constructor(
    @Inject(Publisher) private readonly publisher: Pick<Publisher, 'publishAll'>,
    @InjectTable(topics.channel) private readonly channels: SettingsTable<ChannelConfigured>,
    private readonly sightings: ChannelSightings,
    @Inject(FollowUpRunner) private readonly followUps: Pick<FollowUpRunner, 'run'>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JoinServiceConfig) private readonly config: Pick<JoinServiceConfig, 'publishDeadlineMs'>,
    private readonly activity: BotActivity,
    private readonly metrics: JoinMetrics,
  ) {}

  /**
   * A delivery: one update, or a list of them, which is taken whole or not at all.
   * @returns when the log has all of it, or it says nothing: whether Telegram is to come again all the same
   * @throws what Publisher.publishAll throws: it is not stored, and must not be acknowledged
   */
  async take(botId: string, body: Buffer): Promise<FollowUpResult> {
    const received = updatesIn(body);
    // One call fits into an answer.
    const results = await this.takeAll(botId, received, received.length === 1);
    return results.find(({ kind }) => kind !== 'done') ?? DONE;
  }

  /**
   * Puts all that the updates say into the log, in one go and in their order, and then does what each asks for.
   * @returns for each update what became of that
   * @throws what Publisher.publishAll throws; then nothing was done
   */
  async takeAll(
    botId: string,
    received: readonly Received[],
    canHandOver: boolean,
  ): Promise<readonly FollowUpResult[]> {
    if (received.length === 0) return [];
    const understood = received.map((each) => this.understand(botId, each));
    const records = understood.flatMap((each) => each.records);
    if (records.length > 0) await this.store(records, received.length);
    this.activity.updateTaken(botId);
    for (const each of understood) this.stored(each);
    return this.followUp(botId, understood, canHandOver);
  }

  /**
   * What the updates ask for, once more: their events are in the log, as `takeAll` has said by its answer.
   * @returns for each update what became of that
   */
  followUpAll(botId: string, received: readonly Received[]): Promise<readonly FollowUpResult[]> {
    const stored = received.map((each) => ({
      translation: translate(botId, each.update),
      traceparent: traceparentOf(botId, each.raw()),
    }));
    return this.followUp(botId, stored, false);
  }

  private async store(records: readonly OutboundRecord[], updates: number): Promise<void> {
    const endTimer = this.metrics.storeSeconds.startTimer();
    try {
      await this.publisher.publishAll(records, { deadlineMs: this.config.publishDeadlineMs });
    } catch (error) {
      this.metrics.updates.inc({ outcome: 'not-stored' }, updates);
      throw error;
    }
    endTimer();
  }

  private followUp(
    botId: string,
    understood: readonly Pick<Understood, 'translation' | 'traceparent'>[],
    canHandOver: boolean,
  ): Promise<readonly FollowUpResult[]> {
    return Promise.all(
      understood.map(async ({ translation, traceparent }) => {
        const followUp = followUpOf(translation, (chatId) => this.channels.get(chatId)?.joinRequests);
        return followUp === undefined ? DONE : this.followUps.run(botId, followUp, traceparent, canHandOver);
      }),
    );
  }

  /** Never throws: what can't be understood is kept as it came, since a failing update stalls its bot's queue. */
  private understand(botId: string, received: Received): Understood {
    const raw = received.raw();
    const context = { source: SERVICE, traceparent: traceparentOf(botId, raw) };
    const translation: Translation =
      received.update === undefined
        ? { kind: 'rejected', reason: 'not JSON' }
        : translate(botId, received.update);
    if (translation.kind === 'rejected') return this.rejected(botId, raw, context, translation.reason);
    const said = translation.kind === 'events' ? translation.events.map((event) => this.stamped(event)) : [];
    const shown = this.sightings.detectionIn(botId, sightingOf(received.update));
    const events = shown === undefined ? said : [...said, shown];
    try {
      const records = events.map((event) => recordOf(event, context));
      return { translation, events, records, traceparent: context.traceparent };
    } catch (error) {
      return this.rejected(botId, raw, context, String(error).slice(0, 500));
    }
  }

  /** With the rule by which the join is to be judged: the one of this moment, for ever (ADR 8). */
  private stamped(translated: TelegramEvent): TelegramEvent {
    if (translated.type !== 'JoinReceived') return translated;
    const rule = ruleOf(this.channels.get(translated.event.chatId));
    if (rule === undefined) return translated;
    return { type: 'JoinReceived', event: Object.assign(translated.event, { rule }) };
  }

  private rejected(botId: string, raw: Buffer, context: RecordContext, reason: string): Understood {
    this.logger.warn({ botId, reason, bytes: raw.length }, 'an update could not be understood');
    const receivedAt = new Date(this.clock.now()).toISOString();
    return {
      translation: { kind: 'rejected', reason },
      events: [],
      records: [rejectedRecordOf({ botId, receivedAt, reason, body: raw }, context)],
      traceparent: context.traceparent ?? '',
    };
  }

  private stored({ translation, events }: Understood): void {
    switch (translation.kind) {
      case 'skipped':
        this.metrics.updates.inc({ outcome: 'skipped' });
        this.metrics.skipped.inc({ reason: translation.reason });
        break;
      case 'rejected':
        this.metrics.updates.inc({ outcome: 'rejected' });
        break;
      case 'join-request':
        this.metrics.updates.inc({ outcome: 'join-request' });
        break;
      case 'events':
        this.metrics.updates.inc({ outcome: 'published' });
    }
    for (const event of events) this.eventStored(event);
  }

  private eventStored(stored: TelegramEvent): void {
    this.metrics.events.inc({ type: stored.type });
    switch (stored.type) {
      case 'JoinReceived': {
        const { route, link, chat } = stored.event;
        this.metrics.joins.inc({
          route,
          matchable: String(link?.isOwn === true),
          chat: chat.isPublic ? 'public' : 'private',
        });
        return;
      }
      case 'ChannelDetected':
        this.sightings.detected(stored.event);
        return;
      case 'ChatMigrated':
        this.sightings.moved(stored.event);
        return;
      case 'MemberLeft':
      case 'BotStarted':
    }
  }
}
