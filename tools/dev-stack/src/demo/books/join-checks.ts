import type { ClickCaptured } from '@clickjoin/contracts';
import type { JoinRecord } from '../journal';
import type { Accounts, Facts } from './accounts';
import { balance, type Check, difference } from './check';
import { countBy } from './count-by';

export function joinChecks(
  { journal }: Accounts,
  { clicks, joinIds, conversions, organic, joined }: Facts,
): Check[] {
  const attributed = new Set([...conversions.values()].map(({ joinId }) => joinId));
  const both = [...attributed].filter((joinId) => organic.has(joinId));
  const waiting = [...joinIds].filter((joinId) => !attributed.has(joinId) && !organic.has(joinId));
  const clickByKey = new Map([...clicks.values()].map((click) => [click.linkKey, click]));
  const verdicts = joined.map((join) => ({
    join,
    expected: expectedVerdict(
      join,
      join.linkKeyInUpdate === undefined ? undefined : clickByKey.get(join.linkKeyInUpdate),
    ),
    actual: organic.get(join.joinId) ?? (attributed.has(join.joinId) ? 'attributed' : 'waiting'),
  }));
  const wrong = verdicts.filter(({ expected, actual }) => expected !== actual);
  return [
    balance('Telegram let everybody in', 0, journal.refusedJoins.length, () => journal.refusedJoins),
    difference(
      'each join is in the log',
      joined.map(({ joinId }) => joinId),
      joinIds,
    ),
    balance('each join is decided', 0, waiting.length, () => waiting),
    balance('no join is attributed and organic', 0, both.length, () => both),
    balance('each join has the right verdict', 0, wrong.length, () =>
      wrong.map(({ join, expected, actual }) => `${join.joinId}: ${actual}, not ${expected}`),
    ),
  ];
}

/** The rules of attribution as a person would state them, not as the service has them. */
function expectedVerdict(
  { via, channel, linkKeyInUpdate }: JoinRecord,
  click: ClickCaptured | undefined,
): string {
  if (via === 'added-by-admin') return 'added-by-admin';
  if (via === 'folder') return 'folder-link';
  if (linkKeyInUpdate === undefined) return channel === 'public' ? 'public-direct-join' : 'no-invite-link';
  if (!click) return 'no-click';
  return click.linkKind === 'stock' ? 'attributed' : 'fallback-link';
}

export function conversionChecks({ clicks, conversions, joined }: Facts): Check[] {
  const joinById = new Map(joined.map((join) => [join.joinId, join]));
  const all = [...conversions.values()];
  const foreign = all.filter(({ joinId, clickId, ad }) => {
    const click = clicks.get(clickId);
    return !click || click.linkKey !== joinById.get(joinId)?.linkKeyInUpdate || click.ad.ttclid !== ad.ttclid;
  });
  const perJoin = [...countBy(all, ({ joinId }) => joinId)].filter(([, count]) => count > 1);
  const perClick = [...countBy(all, ({ clickId }) => clickId)].filter(([, count]) => count > 1);
  return [
    balance('each conversion carries the click of its join', 0, foreign.length, () =>
      foreign.map(({ conversionId }) => conversionId),
    ),
    balance('no join converted twice', 0, perJoin.length, () => perJoin.map(([joinId]) => joinId)),
    balance('no click converted twice', 0, perClick.length, () => perClick.map(([clickId]) => clickId)),
  ];
}
