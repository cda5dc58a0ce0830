import { counter, defineMetrics, gauge, histogram } from '@clickjoin/service-kit';

/** All metrics of this service, each with its unit and what a rise means. */
export class ClickMetrics extends defineMetrics({
  visits: counter({
    name: 'clickjoin_click_visits_total',
    unit: 'requests for /c/<slug>, by what they were (person, repeat, speculative, head, bot, unknown-slug, not-ready)',
    rise: 'more visitors; for unknown-slug an ad points to a channel that is not set up',
    labels: ['kind'],
  }),
  redirects: counter({
    name: 'clickjoin_click_redirects_total',
    unit: 'persons sent on, by kind of link (stock, fallback, none)',
    rise: 'more clicks; for fallback and none the stock is empty, and these joins come out organic',
    labels: ['link'],
  }),
  recorded: counter({
    name: 'clickjoin_click_recorded_total',
    unit: 'clicks, by where they are safe (log, spool) or not (lost)',
    rise: 'for spool Kafka is slow or away; for lost PostgreSQL is away too, and clicks are missing',
    labels: ['where'],
  }),
  recordSeconds: histogram({
    name: 'clickjoin_click_record_seconds',
    unit: 'seconds that a visitor waited for the click to be safe',
    rise: 'Kafka or PostgreSQL has become slow',
  }),
  factsDropped: counter({
    name: 'clickjoin_click_facts_dropped_total',
    unit: 'landing facts that do not fit the contract, by field and reason; their clicks are kept',
    rise: 'a landing page or an ad sends broken or huge parameters',
    labels: ['field', 'reason'],
  }),
  mintCalls: counter({
    name: 'clickjoin_click_mint_calls_total',
    unit: 'calls of createChatInviteLink, by result (minted, throttled, refused, unavailable)',
    rise: 'for minted more demand; else the stock runs dry before long',
    labels: ['result'],
  }),
  mintSeconds: histogram({
    name: 'clickjoin_click_mint_seconds',
    unit: 'seconds that Telegram took for a link',
    rise: 'Telegram throttles silently; a 429 is next',
  }),
  leased: gauge({
    name: 'clickjoin_click_leased_links',
    unit: 'links in the memory of this instance, over all channels',
    rise: 'more demand; near 0 visitors get fallback links',
  }),
  leaseFailures: counter({
    name: 'clickjoin_click_lease_failures_total',
    unit: 'tries to lease links that PostgreSQL did not answer',
    rise: 'PostgreSQL is away; visitors live on what is in memory',
  }),
  linksReturned: counter({
    name: 'clickjoin_click_links_returned_total',
    unit: 'leased links that went back to the stock unused',
    rise: 'restarts, or channels that changed their bot',
  }),
}) {}
