import { conversionIdOf, topics, type AttributionMethod, type OrganicReason } from '@clickjoin/contracts';
import type { AppliedRule } from '../attribute/attribution-rule';
import {
  deadlineOf,
  looksAtBotStarts,
  type BotStart,
  type Click,
  type Join,
  type WaitsFor,
} from '../attribute/decide-joins';
import type { DecidedBy } from '../attribute/join.store';
import { daysOrLess, DECIDED_BY_WORDS, REASON_WORDS, VERDICT_WORDS, WAITS_FOR_WORDS } from './plain-words';

/** Where a record stands in the log, and when it came there. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly loggedAt: string;
}

export type ClickVerdict =
  | 'credited'
  | 'late'
  | 'outside-window'
  | 'credited-to-the-same-person'
  | 'credited-to-another-person'
  | 'erased'
  | 'shared-link'
  | 'of-another-channel'
  | 'not-a-bot-start'
  | 'not-needed';

export type StartVerdict = 'considered' | 'late' | 'after-the-join' | 'click-unknown';

export interface ConsideredClick {
  readonly clickId: string;
  readonly linkKind: Click['linkKind'];
  readonly capturedAt: string;
  /** At the join; negative when the join looks earlier. */
  readonly ageMs: number;
  readonly place: Place;
  readonly verdict: ClickVerdict;
  readonly words: string;
}

export interface ConsideredBotStart {
  readonly clickId: string;
  readonly startedAt: string;
  readonly place: Place;
  readonly verdict: StartVerdict;
}

export interface Explanation {
  readonly joinId: string;
  readonly conversionId?: string;
  readonly chatId: string;
  readonly joinedAt: string;
  readonly state: 'waiting' | 'attributed' | 'organic';
  readonly reason?: OrganicReason;
  readonly method?: AttributionMethod;
  readonly clickId?: string;
  /** What was read last when the decision fell, and when that was. */
  readonly decidedBy?: DecidedBy;
  readonly decidedAt?: string;
  readonly waitsFor?: WaitsFor;
  /** What came into the log until then counts; at it, or a moment after, a join that waits is closed. */
  readonly waitsUntil: string;
  readonly report: Place & {
    readonly route: string;
    readonly link: 'none' | 'of the reporting bot' | 'of somebody else';
  };
  readonly rule: Record<
    keyof AppliedRule,
    { readonly value: number | boolean; readonly from: 'channel' | 'default' }
  >;
  readonly clicks: readonly ConsideredClick[];
  readonly botStarts: readonly ConsideredBotStart[];
  /** The same for people, in the order in which it happened. */
  readonly words: readonly string[];
}

export interface StoredJoin extends Join {
  readonly bucket: number;
  readonly state: Explanation['state'];
  readonly reason?: OrganicReason;
  readonly clickId?: string;
  readonly waitsFor?: WaitsFor;
  readonly decidedBy?: DecidedBy;
  readonly decidedAt?: string;
}

export type StoredClick = Click & { readonly bucket: number; readonly offset: bigint };

const iso = (ms: number): string => new Date(ms).toISOString();

/** What was known of a join, when, and what was made of it. Of what is stored alone; the decision itself stands. */
export function explain(
  join: StoredJoin,
  clicks: readonly StoredClick[],
  starts: readonly BotStart[],
): Explanation {
  const { event, bucket } = join;
  const considered = clicks.map((click) => consideredClick(join, click));
  const place = (topic: string, partition: number, of: { offset: bigint; loggedAtMs: number }): Place => ({
    topic,
    partition,
    offset: of.offset.toString(),
    loggedAt: iso(of.loggedAtMs),
  });
  const botStarts = starts.map((start): ConsideredBotStart => ({
    clickId: start.clickId,
    startedAt: start.startedAt,
    place: place(topics.botStarted.name, bucket, start),
    verdict: startVerdict(join, start, clicks),
  }));
  const link =
    event.link === undefined
      ? 'none'
      : event.link.key === undefined
        ? 'of somebody else'
        : 'of the reporting bot';
  const isAttributed = join.state === 'attributed';
  const explanation = {
    joinId: event.joinId,
    ...(isAttributed ? { conversionId: conversionIdOf(event.joinId) } : {}),
    chatId: event.chatId,
    joinedAt: event.joinedAt,
    state: join.state,
    ...(join.reason === undefined ? {} : { reason: join.reason }),
    ...(isAttributed ? { method: methodOf(join) } : {}),
    ...(join.clickId === undefined ? {} : { clickId: join.clickId }),
    ...(join.decidedBy === undefined ? {} : { decidedBy: join.decidedBy }),
    ...(join.decidedAt === undefined ? {} : { decidedAt: join.decidedAt }),
    ...(join.waitsFor === undefined ? {} : { waitsFor: join.waitsFor }),
    waitsUntil: iso(deadlineOf(join)),
    report: { ...place(topics.joinReceived.name, bucket, join), route: event.route, link },
    rule: ruleWithSource(join),
    clicks: considered,
    botStarts,
  } as const;
  return { ...explanation, words: inWords(explanation) };
}

const methodOf = (join: Join): AttributionMethod => (looksAtBotStarts(join) ? 'bot-start' : 'invite-link');

function ruleWithSource({ event, rule }: Join): Explanation['rule'] {
  const of = (name: keyof AppliedRule): Explanation['rule'][typeof name] => ({
    value: rule[name],
    from: event.rule?.[name] === undefined ? 'default' : 'channel',
  });
  return {
    windowMs: of('windowMs'),
    toleranceMs: of('toleranceMs'),
    graceMs: of('graceMs'),
    awaitsBotStart: of('awaitsBotStart'),
  };
}

function consideredClick(join: StoredJoin, click: StoredClick): ConsideredClick {
  const verdict = clickVerdict(join, click);
  return {
    clickId: click.clickId,
    linkKind: click.linkKind,
    capturedAt: click.capturedAt,
    ageMs: ageOf(join, click),
    place: {
      topic: topics.clickCaptured.name,
      partition: click.bucket,
      offset: click.offset.toString(),
      loggedAt: iso(click.loggedAtMs),
    },
    verdict,
    words: VERDICT_WORDS[verdict],
  };
}

const ageOf = ({ event }: Join, click: Click): number =>
  Date.parse(event.joinedAt) - Date.parse(click.capturedAt);

function clickVerdict(join: StoredJoin, click: Click): ClickVerdict {
  const { event, rule } = join;
  if (join.state === 'attributed' && join.clickId === click.clickId) return 'credited';
  if (click.loggedAtMs > deadlineOf(join)) return 'late';
  if (looksAtBotStarts(join)) {
    if (click.linkKind !== 'bot-start') return 'not-a-bot-start';
    if (click.chatId !== event.chatId) return 'of-another-channel';
  } else if (click.linkKind !== 'stock' && click.linkKind !== 'caller') {
    return 'shared-link';
  }
  const by = click.convertedBy;
  if (by !== undefined && by.joinId !== event.joinId && join.state !== 'attributed') {
    // An erasure uses up clicks that nobody was credited with, too.
    if (by.telegramUserId === undefined) return 'erased';
    return by.telegramUserId === event.person.telegramUserId
      ? 'credited-to-the-same-person'
      : 'credited-to-another-person';
  }
  const ageMs = ageOf(join, click);
  return ageMs < -rule.toleranceMs || ageMs > rule.windowMs ? 'outside-window' : 'not-needed';
}

function startVerdict(join: Join, start: BotStart, clicks: readonly Click[]): StartVerdict {
  if (start.loggedAtMs > deadlineOf(join)) return 'late';
  if (Date.parse(start.startedAt) > Date.parse(join.event.joinedAt) + join.rule.toleranceMs)
    return 'after-the-join';
  return clicks.some(({ clickId }) => clickId === start.clickId) ? 'considered' : 'click-unknown';
}

function inWords(of: Omit<Explanation, 'words'>): string[] {
  const { rule, report } = of;
  const graceMs = Number(rule.graceMs.value);
  const words = [
    `The join of ${of.joinedAt} came into the log at ${report.loggedAt} (${report.topic}, partition ${report.partition}, offset ${report.offset}), with ${LINK_WORDS[report.link]}.`,
    `Its click counts when it is at most ${daysOrLess(Number(rule.windowMs.value))} old (${rule.windowMs.from}) and at most ${daysOrLess(Number(rule.toleranceMs.value))} later than the join (${rule.toleranceMs.from}), and is in the log within ${daysOrLess(graceMs)} (${rule.graceMs.from}): until ${of.waitsUntil}.`,
    ...of.botStarts.map(
      (start) =>
        `The person started the bot at ${start.startedAt} with click ${start.clickId}, logged at ${start.place.loggedAt}: ${START_WORDS[start.verdict]}.`,
    ),
    ...of.clicks.map(
      (click) =>
        `Click ${click.clickId} of ${click.capturedAt}, logged at ${click.place.loggedAt}, ${click.words}.`,
    ),
  ];
  if (of.clicks.length === 0) words.push('No click that could be its own is kept here.');
  if (of.waitsFor !== undefined)
    words.push(`It waits until ${of.waitsUntil} ${WAITS_FOR_WORDS[of.waitsFor]}.`);
  if (of.decidedBy !== undefined && of.decidedAt !== undefined)
    words.push(`It was decided at ${of.decidedAt}, ${DECIDED_BY_WORDS[of.decidedBy]}.`);
  if (of.state === 'attributed')
    words.push(
      `It is attributed by ${of.method === 'bot-start' ? 'the start of the bot' : 'its invite link'}.`,
    );
  if (of.reason !== undefined) words.push(`It is organic: ${REASON_WORDS[of.reason]}.`);
  return words;
}

const LINK_WORDS: Record<Explanation['report']['link'], string> = {
  none: 'no invite link',
  'of the reporting bot': 'an invite link of the bot that reported it',
  'of somebody else': 'an invite link that somebody else made, which Telegram cuts',
};

const START_WORDS: Record<StartVerdict, string> = {
  considered: 'it was considered',
  late: 'too late to count',
  'after-the-join': 'later than the join, so it did not lead to it',
  'click-unknown': 'its click is not known',
};
