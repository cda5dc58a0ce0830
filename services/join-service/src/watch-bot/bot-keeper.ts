import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import type { Clock } from '@clickjoin/contracts';
import { CLOCK, HealthRegistry, Lifecycle } from '@clickjoin/service-kit';
import { TelegramClient, type WebhookSettings } from '@clickjoin/telegram';
import { BotActivity } from '../bots/bot-activity';
import { type Bot, BotDirectory } from '../bots/bot-directory';
import { ChannelWatch } from '../channels/channel-watch';
import { JoinServiceConfig } from '../config';
import { JoinMetrics } from '../metrics';
import { PollLeadership } from '../poll-updates/poll-leadership';
import { UpdatePoller } from '../poll-updates/update-poller';
import { UpdateIntake } from '../receive-update/update-intake';
import { BotReporter } from './bot-reporter';
import { BotWatch } from './bot-watch';
import { updateSourceOf } from './update-source';
import { ALLOWED_UPDATES } from './webhook-drift';

interface Kept {
  readonly watch: BotWatch;
  readonly poller: UpdatePoller;
  readonly ended: Promise<void>;
}

/** A watch and a poller for each bot of the settings; a poller of a bot with a webhook sleeps. */
@Injectable()
export class BotKeeper implements BeforeApplicationShutdown {
  private readonly logger = new Logger(BotKeeper.name);
  private readonly kept = new Map<string, Kept>();
  private stopFollowing: () => void = () => undefined;

  constructor(
    private readonly bots: BotDirectory,
    private readonly activity: BotActivity,
    private readonly reporter: BotReporter,
    private readonly intake: UpdateIntake,
    private readonly leadership: PollLeadership,
    private readonly channels: ChannelWatch,
    private readonly telegram: TelegramClient,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly config: JoinServiceConfig,
    private readonly metrics: JoinMetrics,
    private readonly health: HealthRegistry,
    private readonly lifecycle: Lifecycle,
  ) {}

  /** To be called when the service listens: from the first setWebhook on, Telegram delivers. */
  start(): void {
    if (this.config.publicWebhookUrl === '') {
      this.logger.log(
        'PUBLIC_WEBHOOK_URL is not set: updates are polled for, except where a bot is set otherwise',
      );
    }
    this.health.register('bots', () => {
      const problems = [...this.kept].flatMap(([botId, { watch }]) =>
        watch.problem === undefined ? [] : [`bot ${botId}: ${watch.problem}`],
      );
      return problems.length === 0 ? { status: 'up' } : { status: 'degraded', detail: problems.join('; ') };
    });
    this.stopFollowing = this.bots.onChange((botId) => this.follow(botId));
    this.leadership.onChange(() => {
      for (const { watch, poller } of this.kept.values()) {
        watch.changed();
        poller.changed();
      }
    });
    for (const botId of this.bots.botIds()) this.follow(botId);
    this.channels.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopFollowing();
    for (const { watch, poller } of this.kept.values()) {
      watch.stop();
      poller.stop();
    }
    // Before the next instance takes over: pollers finish what they hold, and confirm it.
    await Promise.all([...this.kept.values()].map(({ ended }) => ended));
    await this.leadership.leave();
    await this.channels.stopped();
  }

  private follow(botId: string): void {
    const kept = this.kept.get(botId);
    const lookup = this.bots.find(botId);
    if (lookup.kind === 'known' && this.sourceOf(lookup.bot) === 'long-polling') this.leadership.take();
    if (kept !== undefined) {
      kept.watch.changed();
      kept.poller.changed();
      return;
    }
    const watch = this.watchFor(botId);
    const poller = this.pollerFor(botId, watch);
    const polled = poller.run();
    const ended = watch.run().then(async () => {
      poller.stop();
      await polled;
      this.kept.delete(botId);
      // Added again while its webhook was being removed: that change woke a watch that was on its way out.
      if (this.bots.find(botId).kind !== 'unknown' && !watch.isStopped) this.follow(botId);
    });
    this.kept.set(botId, { watch, poller, ended });
  }

  private watchFor(botId: string): BotWatch {
    return new BotWatch({
      botId,
      find: () => this.bots.find(botId),
      telegram: this.telegram,
      sourceOf: (bot) => this.sourceOf(bot),
      settingsFor: (bot) => this.settingsFor(bot),
      polls: () => this.leadership.isLeading(),
      lastUpdateAt: () => this.activity.lastUpdateAt(botId),
      report: (state) => this.reporter.report(state),
      metrics: this.metrics,
      clock: this.clock,
      stopping: this.lifecycle.stopping,
      checkMs: this.config.webhookCheckMs,
    });
  }

  private pollerFor(botId: string, watch: BotWatch): UpdatePoller {
    return new UpdatePoller({
      botId,
      find: () => this.botToPoll(botId),
      telegram: this.telegram,
      intake: this.intake,
      onConflict: () => watch.pollRefused(),
      metrics: this.metrics,
      clock: this.clock,
      waitSeconds: this.config.pollWaitSeconds,
    });
  }

  private botToPoll(botId: string): Bot | undefined {
    const lookup = this.bots.find(botId);
    if (lookup.kind !== 'known' || !this.leadership.isLeading()) return undefined;
    return this.sourceOf(lookup.bot) === 'long-polling' ? lookup.bot : undefined;
  }

  private sourceOf(bot: Bot): ReturnType<typeof updateSourceOf> {
    return updateSourceOf(bot, this.config);
  }

  private settingsFor({ botId, webhookSecret }: Bot): WebhookSettings | undefined {
    const { publicWebhookUrl, webhookMaxConnections } = this.config;
    if (publicWebhookUrl === '') return undefined;
    return {
      // In the form that Telegram gives back: a host in upper case would look like drift at every check.
      url: new URL(`telegram/${botId}`, `${publicWebhookUrl.replace(/\/+$/, '')}/`).href,
      secret: webhookSecret,
      allowedUpdates: ALLOWED_UPDATES,
      maxConnections: webhookMaxConnections,
    };
  }
}
