import { counter, defineMetrics, gauge, histogram } from '@clickjoin/service-kit';

/** All metrics of this service, each with its unit and what a rise means. */
export class DispatcherMetrics extends defineMetrics({
  queued: counter({
    name: 'clickjoin_dispatcher_queued_total',
    unit: 'deliveries',
    rise: 'more conversions, or more pixels',
  }),
  heldRepeats: counter({
    name: 'clickjoin_dispatcher_held_repeats_total',
    unit: 'deliveries held from the beginning, since they may have been sent before the database was lost',
    rise: 'an empty or restored database reads the log again: see the README',
  }),
  conversionsSkipped: counter({
    name: 'clickjoin_dispatcher_conversions_skipped_total',
    unit: 'conversions without a new delivery, by reason (no-pixel, already-queued)',
    rise: 'for no-pixel: a site has joins and nobody to report them to; for already-queued: redelivery, harmless',
    labels: ['reason'],
  }),
  attempts: counter({
    name: 'clickjoin_dispatcher_attempts_total',
    unit: 'attempts, by verdict',
    rise: 'for anything but accepted: see the runbook of that verdict',
    labels: ['verdict'],
  }),
  states: counter({
    name: 'clickjoin_dispatcher_deliveries_total',
    unit: 'deliveries that came into a state after an attempt, or instead of one',
    rise: 'for held, expired and possibly-accepted: conversions that TikTok may not count',
    labels: ['state'],
  }),
  attemptSeconds: histogram({
    name: 'clickjoin_dispatcher_attempt_seconds',
    unit: 'seconds from the request to the answer or its absence',
    rise: 'TikTok, or the way to it, has become slow',
  }),
  joinToAcceptedSeconds: histogram({
    name: 'clickjoin_dispatcher_join_to_accepted_seconds',
    unit: "seconds from the join, by Telegram's whole seconds, to TikTok's acceptance",
    rise: 'conversions reach TikTok late',
    buckets: [0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400],
  }),
  inFlight: gauge({
    name: 'clickjoin_dispatcher_in_flight_requests',
    unit: 'requests that wait for an answer',
    rise: 'more load, or slower answers; at MAX_IN_FLIGHT deliveries queue up',
  }),
  interrupted: counter({
    name: 'clickjoin_dispatcher_interrupted_total',
    unit: 'attempts whose worker ended before the answer',
    rise: 'an instance crashed or was killed',
  }),
  leasesLost: counter({
    name: 'clickjoin_dispatcher_leases_lost_total',
    unit: 'answers that came after their lease had run out',
    rise: 'the database or this process stood still for longer than a lease',
  }),
  warnings: counter({
    name: 'clickjoin_dispatcher_request_warnings_total',
    unit: 'facts left out of a request, by what was wrong with them',
    rise: 'TikTok matches fewer conversions',
    labels: ['warning'],
  }),
  refusals: counter({
    name: 'clickjoin_dispatcher_refusals_total',
    unit: 'attempts for which TikTok refused the token or the pixel, which pauses the pixel',
    rise: 'a token or a pixel needs somebody',
  }),
  requests: counter({
    name: 'clickjoin_dispatcher_requests_total',
    unit: 'requests answered, by the number of events in them (one, several)',
    rise: 'more conversions; for several, they come faster than they can go one by one',
    labels: ['events'],
  }),
  bisections: counter({
    name: 'clickjoin_dispatcher_bisected_batches_total',
    unit: 'batches that TikTok refused as a whole, and that were divided',
    rise: 'some events are invalid: see the runbook about rejected events',
  }),
  replayed: counter({
    name: 'clickjoin_dispatcher_replayed_total',
    unit: 'deliveries that somebody had sent again',
    rise: 'somebody replays',
  }),
  requestsErased: counter({
    name: 'clickjoin_dispatcher_requests_erased_total',
    unit: 'deliveries whose event was erased since it is no longer needed',
    rise: 'more deliveries a week ago',
  }),
  upkeeps: counter({
    name: 'clickjoin_dispatcher_upkeeps_total',
    unit: 'rounds of looking after pauses, lapsed leases and what waits too long',
    rise: 'the service runs; it stands still when the database is away',
  }),
  passFailures: counter({
    name: 'clickjoin_dispatcher_pass_failures_total',
    unit: 'rounds of the send worker that failed and were repeated',
    rise: 'the database is away or slow',
  }),
}) {}
