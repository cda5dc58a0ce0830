import { counter, defineMetrics, gauge } from '@clickjoin/service-kit';
import type { DecidedJoin } from './attribute/decide-joins';

export class AttributionMetrics extends defineMetrics({
  decisions: counter({
    name: 'clickjoin_attribution_decisions_total',
    unit: 'joins decided, by outcome and reason',
    rise: 'more joins; a falling share of "attributed" means that links are lost on the way',
    labels: ['outcome', 'reason'],
  }),
  lateClicks: counter({
    name: 'clickjoin_attribution_late_clicks_total',
    unit: 'joins whose grace was over before their click came into the log',
    rise: 'grace is too short, or clicks wait in the spool',
  }),
  surprises: counter({
    name: 'clickjoin_attribution_surprises_total',
    unit: 'surprises, by kind; GET /v1/surprises lists them',
    rise: 'by kind: what each of them means stands in surprises.ts',
    labels: ['kind'],
  }),
  waiting: gauge({
    name: 'clickjoin_attribution_waiting_joins',
    unit: 'joins that wait for their click',
    rise: 'clicks lag behind joins',
  }),
  beforeClick: counter({
    name: 'clickjoin_attribution_joins_before_click_total',
    unit: 'joins that look earlier than their click by more than the tolerance',
    rise: "the click-service's clock is ahead of Telegram's, and paid joins come out organic",
  }),
  heldBack: counter({
    name: 'clickjoin_attribution_closing_held_back_total',
    unit: 'times that joins were due but the clicks of that time were not all read',
    rise: 'attribution lags behind the log',
  }),
  swept: counter({
    name: 'clickjoin_attribution_swept_rows_total',
    unit: 'rows that had become too old and were removed or blanked, by what they were',
    rise: 'retention works; none for days while the tables grow: it does not',
    labels: ['what'],
  }),
  sweepFailures: counter({
    name: 'clickjoin_attribution_sweep_failures_total',
    unit: 'times that old rows could not be removed',
    rise: 'the tables grow; the log says why',
  }),
  erasures: counter({
    name: 'clickjoin_attribution_erasures_total',
    unit: 'persons that were erased',
    rise: 'people ask to be forgotten',
  }),
  closingFailures: counter({
    name: 'clickjoin_attribution_closing_failures_total',
    unit: 'times that waiting joins could not be looked through',
    rise: 'joins without a click wait on; the log says why',
  }),
}) {
  countDecisions(decided: readonly DecidedJoin[]): void {
    for (const { join, decision } of decided) {
      if (decision.kind === 'waiting') continue;
      if (decision.kind === 'organic' && decision.reason === 'click-outside-window') {
        const isBefore = decision.click !== undefined && join.event.joinedAt < decision.click.capturedAt;
        if (isBefore) this.beforeClick.inc();
      }
      const reason = decision.kind === 'organic' ? decision.reason : '';
      this.decisions.inc({ outcome: decision.kind, reason });
    }
  }
}
