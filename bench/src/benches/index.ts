import type { Bench } from '../bench';
import { publishBench } from './publish.bench';

export const benches: readonly Bench[] = [publishBench];
