import { counter, defineMetrics, gauge, histogram } from '@clickjoin/service-kit';

/** All metrics of this service, each with its unit and what a rise means. */
export class ClickMetrics extends defineMetrics({
  visits: counter({
    name: 'clickjoin_click_visits_total',
    unit: 'requests for /c/<slug>, by what they were (person, repeat, limited, shed, speculative, head, bot, review-bot, unknown-slug, not-ready)',
    rise: 'more visitors; for unknown-slug an ad points to a channel that is not set up',
    labels: ['kind'],
  }),
  apiClicks: counter({
    name: 'clickjoin_click_api_clicks_total',
    unit: 'clicks of POST /v1/clicks and its batch, by what became of them (captured, repeat, bot, no-way-in, lost, shed, taken)',
    rise: 'more clicks; for lost and shed callers get 503 and come again; for no-way-in a channel has no link at all',
    labels: ['result'],
  }),
  inFlight: gauge({
    name: 'clickjoin_click_in_flight',
    unit: 'clicks that are being kept at this moment',
    rise: 'Kafka or PostgreSQL answers slower than clicks come; at MAX_IN_FLIGHT they are turned away',
  }),
  shed: counter({
    name: 'clickjoin_click_shed_total',
    unit: 'clicks that were turned away because too many were in flight; visitors were sent by the shared link',
    rise: 'more clicks come than this instance can keep: add one',
  }),
  limited: counter({
    name: 'clickjoin_click_limited_total',
    unit: 'clicks over the rate limit, by whose limit (address, site)',
    rise: 'somebody sends clicks by the thousand; or TRUSTED_PROXIES lacks the proxy in front',
    labels: ['by'],
  }),
  claims: counter({
    name: 'clickjoin_click_id_claims_total',
    unit: "callers' clickIds, by what the database said (new, known, unavailable)",
    rise: 'for known callers repeat themselves; for unavailable the same clickId may get a second link elsewhere',
    labels: ['result'],
  }),
  redirects: counter({
    name: 'clickjoin_click_redirects_total',
    unit: 'clicks, by kind of link (stock, caller, bot-start, fallback, none)',
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
  scriptSightings: counter({
    name: 'clickjoin_click_script_sightings_total',
    unit: 'ScriptSeen events, at most one a minute for each site and origin, by result (published, failed)',
    rise: 'the tracker runs on more origins; for failed Kafka is slow or away',
    labels: ['result'],
  }),
}) {}
