import { Inject, Injectable, Logger } from '@nestjs/common';
import { type ChannelConfigured, type Clock, encode, topics } from '@clickjoin/contracts';
import { InjectTable, Publisher, Retriable, type SettingsTable } from '@clickjoin/kafka';
import { CLOCK, Lifecycle, WakeUp } from '@clickjoin/service-kit';
import { TelegramClient, TelegramError, TelegramThrottled } from '@clickjoin/telegram';
import { BotDirectory } from '../bots/bot-directory';
import { JoinServiceConfig } from '../config';
import { JoinMetrics } from '../metrics';
import { SERVICE } from '../service-name';
import { isSame } from './detect-change';
import { KnownChannels } from './known-channels';
import { lookAtChannel } from './look-at-channel';

interface Place {
  readonly chatId: string;
  readonly botId: string;
}

/** Between two channels: two calls each, far below what a bot may call in a second. */
const PACE_MS = 250;

/**
 * Asks Telegram about every channel now and then. Only a fallback: most changes show in updates, but a channel in
 * which nobody joins says nothing about its new name, and an update that told of lost rights may have been dropped.
 */
@Injectable()
export class ChannelWatch {
  private readonly logger = new Logger(ChannelWatch.name);
  private readonly wakeUp = new WakeUp();
  private readonly soon = new Map<string, Place>();
  private running: Promise<void> = Promise.resolve();
  private nextRoundAtMs = 0;

  constructor(
    private readonly known: KnownChannels,
    @InjectTable(topics.channel) private readonly channels: SettingsTable<ChannelConfigured>,
    private readonly bots: BotDirectory,
    @Inject(TelegramClient)
    private readonly telegram: Pick<TelegramClient, 'getChat' | 'getChatMember'>,
    @Inject(Publisher) private readonly publisher: Pick<Publisher, 'publish'>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JoinServiceConfig) private readonly config: Pick<JoinServiceConfig, 'channelCheckMs'>,
    private readonly metrics: JoinMetrics,
    @Inject(Lifecycle) private readonly lifecycle: Pick<Lifecycle, 'stopping'>,
  ) {}

  start(): void {
    this.nextRoundAtMs = this.clock.now() + this.config.channelCheckMs;
    this.running = this.run();
  }

  /** A channel of which too little is known: seen in passing, or moved to a new id. */
  checkSoon(place: Place): void {
    this.soon.set(`${place.chatId}:${place.botId}`, place);
    this.wakeUp.now();
  }

  /** Ends with the lifecycle; the calls that are out end with the client. */
  async stopped(): Promise<void> {
    this.wakeUp.now();
    await this.running;
  }

  private async run(): Promise<void> {
    const { stopping } = this.lifecycle;
    while (!stopping.aborted) {
      await this.check([...this.soon.values()]);
      if (this.clock.now() >= this.nextRoundAtMs) {
        await this.check(this.places());
        this.nextRoundAtMs = this.clock.now() + this.config.channelCheckMs;
      }
      if (this.soon.size === 0) {
        await this.wakeUp.within(Math.max(0, this.nextRoundAtMs - this.clock.now()), stopping);
      }
    }
  }

  /** Where a bot administers as far as known, and where one should since the channel is set up with it. */
  private places(): readonly Place[] {
    const places = [...this.known.all().filter(({ botIsAdmin }) => botIsAdmin), ...this.channels.all()];
    return [...new Map(places.map((place) => [`${place.chatId}:${place.botId}`, place])).values()];
  }

  private async check(places: readonly Place[]): Promise<void> {
    const { stopping } = this.lifecycle;
    const paused = new Set<string>();
    for (const place of places) {
      if (stopping.aborted) return;
      this.soon.delete(`${place.chatId}:${place.botId}`);
      if (paused.has(place.botId)) continue;
      if (!(await this.checkOne(place))) paused.add(place.botId);
      await new WakeUp().within(PACE_MS, stopping);
    }
  }

  /** @returns false when this bot should not be used for more for now */
  private async checkOne({ chatId, botId }: Place): Promise<boolean> {
    const lookup = this.bots.find(botId);
    if (lookup.kind !== 'known') return false;
    const known = this.known.find(chatId, botId);
    try {
      const seen = await lookAtChannel({
        telegram: this.telegram,
        bot: lookup.bot,
        chatId,
        known,
        nowMs: this.clock.now(),
        signal: this.lifecycle.stopping,
      });
      if (seen === undefined || (known !== undefined && isSame(known, seen))) {
        this.metrics.channelChecks.inc({ result: 'as-known' });
        return true;
      }
      // An update that came meanwhile knows better, and is in the log already.
      if (this.known.find(chatId, botId) !== known) return true;
      await this.publisher.publish(encode(topics.channelDetected, seen, { source: SERVICE }));
      this.known.wasPublished(seen);
      this.metrics.channelChecks.inc({ result: 'changed' });
      return true;
    } catch (error) {
      if (!(error instanceof TelegramError) && !(error instanceof Retriable)) throw error;
      this.metrics.channelChecks.inc({ result: 'failed' });
      this.logger.debug({ botId, chatId, reason: error.message }, 'a channel could not be looked at');
      return !(error instanceof TelegramThrottled);
    }
  }
}
