import type { Accounts, Facts } from './accounts';
import { balance, type Check } from './check';
import { countBy } from './count-by';

export function dashboardChecks(
  { dashboard }: Accounts,
  { clicks, joinIds, conversions, organic, deliveries }: Facts,
): Check[] {
  const counted = (counts: Iterable<[string, number]>): string =>
    [...counts]
      .filter(([, count]) => count > 0)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'none';
  return [
    balance('the dashboard counts the clicks', clicks.size, dashboard.clicks),
    balance('the dashboard counts the joins', joinIds.size, dashboard.joins),
    balance('the dashboard counts the conversions', conversions.size, dashboard.attributed),
    balance(
      'the dashboard counts the organic joins by reason',
      counted(countBy([...organic.values()], (reason) => reason)),
      counted(Object.entries(dashboard.organic)),
    ),
    balance(
      'the dashboard counts the deliveries by state',
      counted(countBy([...deliveries.values()], ({ state }) => state)),
      counted(Object.entries(dashboard.deliveries)),
    ),
  ];
}

export function healthChecks({ log, died }: Accounts): Check[] {
  const deadLetters = Object.entries(log.deadLetters);
  const altered = [
    ...unlike(log.clicks, ({ clickId }) => clickId),
    ...unlike(log.conversions, ({ conversionId }) => conversionId),
    ...unlike(log.organic, ({ joinId }) => joinId),
    ...unlike(log.deliveries, ({ deliveryId, revision }) => `${deliveryId}:${revision}`),
  ];
  return [
    balance('a record that is there twice is the same twice', 0, altered.length, () => altered),
    balance('each update was understood', 0, log.rejectedUpdates),
    balance('no record became a dead letter', 0, deadLetters.length, () =>
      deadLetters.map(([topic, count]) => `${topic}: ${count}`),
    ),
    balance('no service ended by itself', 0, died.length, () => died),
  ];
}

/** Ids whose records differ. */
function unlike<T>(records: readonly T[], idOf: (record: T) => string): string[] {
  const first = new Map<string, string>();
  return records.flatMap((record) => {
    const text = JSON.stringify(record);
    const known = first.get(idOf(record));
    first.set(idOf(record), known ?? text);
    return known === undefined || known === text ? [] : [idOf(record)];
  });
}
