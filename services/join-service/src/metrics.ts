import { counter, defineMetrics, gauge, histogram } from '@clickjoin/service-kit';

/** All metrics of this service, each with its unit and what a rise means. */
export class JoinMetrics extends defineMetrics({
  updates: counter({
    name: 'clickjoin_join_updates_total',
    unit: 'authentic updates, by what became of them (published, join-request, skipped, rejected, not-stored)',
    rise: 'for rejected Telegram changed something, see telegram.update-rejected.v1; for not-stored Kafka is slow or away, and Telegram comes again',
    labels: ['outcome'],
  }),
  events: counter({
    name: 'clickjoin_join_events_total',
    unit: 'events in the log, by type',
    rise: 'more people come or go',
    labels: ['type'],
  }),
  joins: counter({
    name: 'clickjoin_join_joins_total',
    unit: 'joins, by route, by whether they carry a link that can be matched, and by whether the channel is public',
    rise: 'more joins; a falling share with a link means more organic ones: public channels, links of others',
    labels: ['route', 'matchable', 'chat'],
  }),
  skipped: counter({
    name: 'clickjoin_join_skipped_total',
    unit: 'updates without meaning for joins, by reason',
    rise: 'people write to the bot, administrators mute and promote',
    labels: ['reason'],
  }),
  refused: counter({
    name: 'clickjoin_join_refused_total',
    unit: 'requests that were not read (unknown-bot, wrong-secret, sealed-secret, not-ready, too-large)',
    rise: 'for wrong-secret somebody tries, or a webhook was set by hand; for unknown-bot a bot was removed; for sealed-secret SECRET_KEYS lacks a key',
    labels: ['reason'],
  }),
  storeSeconds: histogram({
    name: 'clickjoin_join_store_seconds',
    unit: 'seconds from the whole body to the acknowledgement of Kafka',
    rise: 'Kafka has become slow',
  }),
  followUps: counter({
    name: 'clickjoin_join_follow_ups_total',
    unit: 'calls that an update asked for, by kind (approve, answer-start) and result (approved, nothing-to-approve, sent, answered-before, no-way-in, refused, later, handed-over, dropped)',
    rise: 'for later Telegram throttles or is away, and people wait; for refused the bot lacks the invite right; for handed-over more wait than may',
    labels: ['kind', 'result'],
  }),
  channelChecks: counter({
    name: 'clickjoin_join_channel_checks_total',
    unit: 'looks at a channel, by result (as-known, changed, failed)',
    rise: 'for changed something happens that updates do not tell; for failed Telegram throttles or is away',
    labels: ['result'],
  }),
  polls: counter({
    name: 'clickjoin_join_polls_total',
    unit: 'polls for updates, by result (updates, nothing, not-stored, conflict, throttled, refused, unavailable)',
    rise: 'for conflict somebody else polls with the token; for not-stored Kafka is away',
    labels: ['result'],
  }),
  webhookChecks: counter({
    name: 'clickjoin_join_webhook_checks_total',
    unit: 'looks at a webhook, by result (as-it-should-be, set, deleted, throttled, refused, unavailable, sealed)',
    rise: 'for set and deleted somebody else changes the webhook; for refused the token or the URL is wrong',
    labels: ['result'],
  }),
  webhookPending: gauge({
    name: 'clickjoin_join_webhook_pending_updates',
    unit: 'updates that wait at Telegram, by bot, at the last look',
    rise: 'updates are not taken: joins come late, and are lost after 24 h',
    labels: ['bot'],
  }),
}) {}
