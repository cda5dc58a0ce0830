import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { HealthRegistry } from '@clickjoin/service-kit';
import { TelegramClient, type WebhookSettings } from '@clickjoin/telegram';
import { BotDirectory, type Bot } from '../bots/bot-directory';
import { JoinServiceConfig } from '../config';
import { JoinMetrics } from '../metrics';
import { ALLOWED_UPDATES } from './webhook-drift';
import { WebhookWatch } from './webhook-watch';

interface Watched {
  readonly watch: WebhookWatch;
  readonly ended: Promise<void>;
}

/** A watch for each bot of the settings. */
@Injectable()
export class WebhookKeeper implements BeforeApplicationShutdown {
  private readonly logger = new Logger(WebhookKeeper.name);
  private readonly watches = new Map<string, Watched>();
  private stopFollowing: () => void = () => undefined;

  constructor(
    private readonly bots: BotDirectory,
    private readonly telegram: TelegramClient,
    private readonly config: JoinServiceConfig,
    private readonly metrics: JoinMetrics,
    private readonly health: HealthRegistry,
  ) {}

  /** To be called when the service listens: from the first setWebhook on, Telegram delivers. */
  start(): void {
    if (this.config.publicWebhookUrl === '') {
      this.logger.warn(
        'PUBLIC_WEBHOOK_URL is not set: webhooks are not registered, and Telegram delivers no joins',
      );
      return;
    }
    this.health.register('webhooks', () => {
      const problems = [...this.watches].flatMap(([botId, { watch }]) =>
        watch.problem === undefined ? [] : [`bot ${botId}: ${watch.problem}`],
      );
      return problems.length === 0 ? { status: 'up' } : { status: 'degraded', detail: problems.join('; ') };
    });
    this.stopFollowing = this.bots.onChange((botId) => this.follow(botId));
    for (const botId of this.bots.botIds()) this.follow(botId);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopFollowing();
    for (const { watch } of this.watches.values()) watch.stop();
    // Cuts calls that are out: a look at a webhook is not worth a slow shutdown, and is done again at start.
    await this.telegram.close();
    await Promise.all([...this.watches.values()].map(({ ended }) => ended));
  }

  private follow(botId: string): void {
    const watched = this.watches.get(botId);
    if (watched !== undefined) {
      watched.watch.changed();
      return;
    }
    const watch = new WebhookWatch({
      botId,
      find: () => this.bots.find(botId),
      telegram: this.telegram,
      settingsFor: (bot) => this.settingsFor(bot),
      metrics: this.metrics,
      checkMs: this.config.webhookCheckMs,
    });
    const ended = watch.run().then(() => {
      this.watches.delete(botId);
      // Added again while its webhook was being removed: that change woke a watch that was on its way out.
      if (this.bots.find(botId).kind !== 'unknown' && !watch.isStopped) this.follow(botId);
    });
    this.watches.set(botId, { watch, ended });
  }

  private settingsFor({ botId, webhookSecret }: Bot): WebhookSettings {
    return {
      // In the form that Telegram gives back: a host in upper case would look like drift at every check.
      url: new URL(`telegram/${botId}`, `${this.config.publicWebhookUrl.replace(/\/+$/, '')}/`).href,
      secret: webhookSecret,
      allowedUpdates: ALLOWED_UPDATES,
      maxConnections: this.config.webhookMaxConnections,
    };
  }
}
