import { counter, defineMetrics, histogram } from '@clickjoin/service-kit';
import { Injectable } from '@nestjs/common';

/** All that this service measures beside what the libraries do (HTTP, consumers, outbox). */
@Injectable()
export class DashboardMetrics extends defineMetrics({
  signIns: counter({
    name: 'clickjoin_dashboard_sign_ins_total',
    unit: 'attempts to sign in, by result: ok, wrong-password, throttled',
    rise: 'of wrong-password or throttled: somebody guesses the password',
    labels: ['result'],
  }),
  settingsPublished: counter({
    name: 'clickjoin_dashboard_settings_published_total',
    unit: 'settings records handed to the outbox, by kind: site, pixel, bot, channel',
    rise: 'somebody sets things up; a steady rise of channel means that bots report changing titles',
    labels: ['kind'],
  }),
  telegramChecks: histogram({
    name: 'clickjoin_dashboard_telegram_check_seconds',
    unit: 'seconds that Telegram took to check a bot token',
    rise: 'Telegram is slow or out of reach, and bots cannot be added',
  }),
}) {}
