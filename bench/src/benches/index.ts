import type { Bench } from '../bench';
import { attributionBench } from './attribution/attribution.bench';
import { clickBench } from './click/click.bench';
import { clickStormBench } from './click/storm.bench';
import { dashboardBench } from './dashboard/dashboard.bench';
import { dispatchBench } from './dispatch/dispatch.bench';
import { publishBench } from './publish.bench';
import { webhookBench } from './webhook/webhook.bench';

export const benches: readonly Bench[] = [
  attributionBench,
  clickBench,
  clickStormBench,
  dashboardBench,
  dispatchBench,
  publishBench,
  webhookBench,
];
