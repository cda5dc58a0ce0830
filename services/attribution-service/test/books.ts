import { isDeepStrictEqual } from 'node:util';
import type {
  BotStarted,
  ClickCaptured,
  ConversionAttributed,
  JoinOrganic,
  JoinReceived,
} from '@clickjoin/contracts';

/** A record as it lies in its topic. */
export interface Logged<T> {
  readonly event: T;
  readonly partition: number;
  readonly offset: bigint;
  /** When the broker took it. */
  readonly loggedAtMs: number;
  /** Value and headers, for comparing. */
  readonly bytes: string;
}

/** All that went in and came out, each partition in order. */
export interface Ledger {
  readonly clicks: readonly Logged<ClickCaptured>[];
  readonly joins: readonly Logged<JoinReceived>[];
  readonly starts: readonly Logged<BotStarted>[];
  readonly conversions: readonly Logged<ConversionAttributed>[];
  readonly organics: readonly Logged<JoinOrganic>[];
}

export interface Books {
  /** What is wrong, in words; empty when the books balance. */
  readonly errors: readonly string[];
  readonly joins: number;
  readonly attributed: number;
  readonly organic: number;
  /** Joins that have no decision yet. */
  readonly open: number;
  /** Records published again after a crash: same id, same bytes, so nobody counts them twice. */
  readonly repeats: number;
}

const WINDOW_MS = 7 * 86_400_000;
const TOLERANCE_MS = 2_000;

/**
 * What must have come of every join, worked out from the whole log at once and in another way than the service does,
 * which sees it piece by piece; compared with what did.
 */
export function closeBooks(ledger: Ledger): Books {
  const errors: string[] = [];
  const known: Known = { clicks: new Map(), starts: new Map(), creditedTo: new Map() };
  for (const click of ledger.clicks) {
    const key = keyOf(click.event);
    if (!known.clicks.has(key)) known.clicks.set(key, click);
  }
  for (const start of ledger.starts) {
    const { telegramUserId } = start.event.person;
    known.starts.set(telegramUserId, [...(known.starts.get(telegramUserId) ?? []), start]);
  }
  const joins = reportsThatCount(ledger.joins);
  const conversions = byJoin(ledger.conversions, errors);
  const organics = byJoin(ledger.organics, errors);

  let open = 0;
  for (const join of joins) {
    const { joinId } = join.event;
    const conversion = conversions.get(joinId)?.event;
    const organic = organics.get(joinId)?.event;
    if (conversion !== undefined && organic !== undefined)
      errors.push(`${joinId} is both attributed and organic`);
    if (conversion === undefined && organic === undefined) {
      open += 1;
      continue;
    }
    const { outcome: wanted, click } = verdictOf(join, known);
    const found = conversion === undefined ? organic?.reason : 'attributed';
    if (wanted === 'attributed' && click !== undefined)
      known.creditedTo.set(keyOf(click.event), join.event.person.telegramUserId);
    if (found !== wanted)
      errors.push(`${joinId} came out ${String(found)} and should be ${wanted} (${placeOf(join, click)})`);
    if (conversion !== undefined && click !== undefined)
      errors.push(...factsThatDiffer(conversion, join, click));
  }
  for (const joinId of [...conversions.keys(), ...organics.keys()]) {
    if (!joins.some(({ event }) => event.joinId === joinId))
      errors.push(`${joinId} was decided and never joined`);
  }
  return {
    errors,
    joins: joins.length,
    attributed: conversions.size,
    organic: organics.size,
    open,
    repeats: ledger.conversions.length + ledger.organics.length - conversions.size - organics.size,
  };
}

/** One report a join, in the order of the log: the first, unless another bot's has the whole link. */
function reportsThatCount(reports: readonly Logged<JoinReceived>[]): Logged<JoinReceived>[] {
  const chosen = new Map<string, Logged<JoinReceived>>();
  for (const report of reports) {
    const { joinId, link } = report.event;
    const known = chosen.get(joinId);
    if (known === undefined) chosen.set(joinId, report);
    else if (known.event.link?.key === undefined && link?.key !== undefined) {
      chosen.delete(joinId);
      chosen.set(joinId, report);
    }
  }
  return [...chosen.values()].sort((a, b) => a.partition - b.partition || Number(a.offset - b.offset));
}

interface Known {
  /** By link key, or by click id for one without. */
  readonly clicks: Map<string, Logged<ClickCaptured>>;
  /** By person, in the order of the log: one person's starts are in one partition. */
  readonly starts: Map<string, Logged<BotStarted>[]>;
  /** Persons, by the key of the click. */
  readonly creditedTo: Map<string, string>;
}

interface Verdict {
  readonly outcome: string;
  readonly click?: Logged<ClickCaptured> | undefined;
}

const keyOf = ({ linkKey, clickId }: ClickCaptured): string => linkKey ?? clickId;

function verdictOf(join: Logged<JoinReceived>, known: Known): Verdict {
  const { link, rule } = join.event;
  if (link === undefined) return rule?.awaitsBotStart === true ? verdictByStarts(join, known) : NO_LINK;
  if (link.key === undefined) return { outcome: 'link-not-ours' };
  const click = known.clicks.get(link.key);
  return { outcome: outcomeOf(join, click, known), click };
}

const NO_LINK: Verdict = { outcome: 'no-invite-link' };

/** The first start whose click is credited; failing that, the first that speaks against it, and a missing click last. */
function verdictByStarts(join: Logged<JoinReceived>, known: Known): Verdict {
  const { person, joinedAt } = join.event;
  const verdicts = (known.starts.get(person.telegramUserId) ?? [])
    .filter(({ event, loggedAtMs }) => {
      const isBefore = Date.parse(event.startedAt) <= Date.parse(joinedAt) + TOLERANCE_MS;
      return isBefore && loggedAtMs <= deadlineOf(join);
    })
    .map(({ event }): Verdict => {
      const click = known.clicks.get(event.clickId);
      return { outcome: outcomeOf(join, click, known), click };
    });
  return (
    verdicts.find(({ outcome }) => outcome === 'attributed') ??
    verdicts.find(({ outcome }) => outcome !== 'no-click') ??
    verdicts[0] ??
    NO_LINK
  );
}

const deadlineOf = ({ event, loggedAtMs }: Logged<JoinReceived>): number =>
  loggedAtMs + (event.rule?.graceMs ?? 0);

function outcomeOf(
  join: Logged<JoinReceived>,
  click: Logged<ClickCaptured> | undefined,
  { creditedTo }: Known,
): string {
  const { person, joinedAt } = join.event;
  if (click === undefined || click.loggedAtMs > deadlineOf(join)) return 'no-click';
  if (click.event.linkKind === 'fallback') return 'fallback-link';
  const credited = creditedTo.get(keyOf(click.event));
  if (credited !== undefined) return credited === person.telegramUserId ? 'rejoin' : 'link-already-converted';
  const ageMs = Date.parse(joinedAt) - Date.parse(click.event.capturedAt);
  return ageMs >= -TOLERANCE_MS && ageMs <= WINDOW_MS ? 'attributed' : 'click-outside-window';
}

function factsThatDiffer(
  conversion: ConversionAttributed,
  { event: join }: Logged<JoinReceived>,
  { event: click }: Logged<ClickCaptured>,
): string[] {
  const facts: readonly (readonly [string, unknown, unknown])[] = [
    ['clickId', conversion.clickId, click.clickId],
    ['siteId', conversion.siteId, click.siteId],
    ['ad', conversion.ad, click.ad],
    ['visitor', conversion.visitor, click.visitor],
    ['clickedAt', conversion.clickedAt, click.capturedAt],
    ['joinedAt', conversion.joinedAt, join.joinedAt],
    ['person', conversion.person, join.person],
  ];
  return facts
    .filter(([, found, wanted]) => !isDeepStrictEqual(found, wanted))
    .map(([name]) => `the conversion of ${join.joinId} has another ${name} than its click and join`);
}

/** By join; a repetition must be the same bytes, or it would count as another event. */
function byJoin<T extends { joinId: string }>(
  records: readonly Logged<T>[],
  errors: string[],
): Map<string, Logged<T>> {
  const found = new Map<string, Logged<T>>();
  for (const record of records) {
    const known = found.get(record.event.joinId);
    if (known === undefined) found.set(record.event.joinId, record);
    else if (known.bytes !== record.bytes) errors.push(`${record.event.joinId} has two different decisions`);
  }
  return found;
}

const placeOf = (join: Logged<JoinReceived>, click: Logged<ClickCaptured> | undefined): string =>
  `join ${join.partition}/${join.offset}, click ${
    click === undefined
      ? 'never'
      : `${click.partition}/${click.offset}, ${click.loggedAtMs - join.loggedAtMs} ms after it`
  }`;
