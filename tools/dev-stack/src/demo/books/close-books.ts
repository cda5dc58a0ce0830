import { type Accounts, gather } from './accounts';
import type { Check } from './check';
import { clickChecks } from './click-checks';
import { deliveryChecks, tiktokChecks } from './delivery-checks';
import { figuresOf, type Figures } from './figures';
import { dashboardChecks, healthChecks } from './health-checks';
import { conversionChecks, joinChecks } from './join-checks';

export interface Books {
  readonly balanced: boolean;
  readonly checks: readonly Check[];
  readonly figures: Figures;
}

/**
 * Compares what people did outside with what the system made of it: each click, join, conversion and
 * delivery accounted for, nothing lost, nothing twice. Pure.
 */
export function closeBooks(accounts: Accounts): Books {
  const facts = gather(accounts);
  const checks = [
    ...clickChecks(accounts, facts),
    ...joinChecks(accounts, facts),
    ...conversionChecks(facts),
    ...deliveryChecks(accounts, facts),
    ...tiktokChecks(accounts, facts),
    ...dashboardChecks(accounts, facts),
    ...healthChecks(accounts),
  ];
  return { balanced: checks.every(({ ok }) => ok), checks, figures: figuresOf(accounts, facts) };
}
