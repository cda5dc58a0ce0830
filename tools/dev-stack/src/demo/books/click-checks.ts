import { linkKeyOf } from '@clickjoin/contracts';
import type { Accounts, Facts } from './accounts';
import { balance, type Check } from './check';
import { countBy } from './count-by';

const WITHOUT_LINK = 'without link';

export function clickChecks({ journal, killed }: Accounts, { clicks }: Facts): Check[] {
  // A second tap of the same visitor leads to the same address and is no second click.
  const answered = journal.visitors.flatMap(({ number, addresses }) =>
    [...new Set(addresses)].map((address) => ({ number, key: linkKeyOf(address) ?? WITHOUT_LINK })),
  );
  const kept = [...clicks.values()].map(({ clickId, linkKey, linkKind }) => ({
    ...{ clickId, linkKind, key: linkKey ?? WITHOUT_LINK },
  }));
  const keptPerKey = countBy(kept, ({ key }) => key);
  const answeredPerKey = countBy(answered, ({ key }) => key);
  const lost = [...answeredPerKey].filter(([key, count]) => (keptPerKey.get(key) ?? 0) < count);
  const extra = [...keptPerKey].reduce(
    (sum, [key, count]) => sum + Math.max(0, count - (answeredPerKey.get(key) ?? 0)),
    0,
  );
  const unanswered = journal.visitors.reduce((sum, { lostAnswers }) => sum + lostAnswers, 0);
  const own = new Set(kept.filter(({ linkKind }) => linkKind === 'stock').map(({ key }) => key));
  const sharers = [...answeredPerKey].filter(([key, count]) => own.has(key) && count > 1);
  const clicksPerLink = [...keptPerKey].filter(([key, count]) => own.has(key) && count > 1);
  const changed = journal.visitors.filter(({ addresses }) => new Set(addresses).size > 1);
  const failed = journal.visitors.filter(({ failure }) => failure !== undefined);

  return [
    balance('each visitor reached Telegram', 0, failed.length, () =>
      failed.map(({ number, failure }) => `#${number}: ${failure ?? ''}`),
    ),
    balance('each answered click is in the log', 0, lost.length, () => lost.map(([key]) => key)),
    {
      name: 'no click without a visitor',
      expected: unanswered === 0 ? '0' : `at most ${unanswered} (taps without an answer)`,
      actual: String(extra),
      ok: extra <= unanswered,
      examples: [],
    },
    balance('no link was given to two visitors', 0, sharers.length, () => sharers.map(([key]) => key)),
    balance('no link has two clicks', 0, clicksPerLink.length, () => clicksPerLink.map(([key]) => key)),
    // The memory of who just came dies with the process.
    ...(killed.includes('click-service')
      ? []
      : [
          balance('a second tap leads to the same place', 0, changed.length, () =>
            changed.map(({ number }) => `#${number}`),
          ),
        ]),
  ];
}
