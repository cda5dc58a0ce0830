import { type ChannelKind } from './plan';

/** Somebody came into a channel, as Telegram's stand-in knows it. */
export interface JoinRecord {
  readonly joinId: string;
  readonly telegramUserId: string;
  readonly channel: ChannelKind;
  readonly via: 'link' | 'direct' | 'added-by-admin' | 'folder';
  /** Of the link they came through, where Telegram's update shows it. */
  readonly linkKeyInUpdate: string | undefined;
  /** Milliseconds since 1970. */
  readonly joinedAt: number;
}

/** What somebody who came from the ad did, and what came of it. */
export interface VisitorRecord {
  readonly number: number;
  readonly channel: ChannelKind;
  readonly ttclid: string | undefined;
  /** Where they were sent by each tap that was answered. */
  readonly addresses: readonly string[];
  /** Taps without an answer: the click may be in the log, or not. */
  readonly lostAnswers: number;
  /** Why they never got anywhere, if so. */
  readonly failure: string | undefined;
  readonly join: JoinRecord | undefined;
}

/** Everything that happened outside the system; the books compare it with what is inside. */
export interface Journal {
  readonly visitors: readonly VisitorRecord[];
  readonly organicJoins: readonly JoinRecord[];
  /** Joins that Telegram's stand-in refused, with its reason. */
  readonly refusedJoins: readonly string[];
}

export function joinsOf(journal: Journal): readonly JoinRecord[] {
  const byVisitors = journal.visitors.flatMap(({ join }) => (join ? [join] : []));
  return [...byVisitors, ...journal.organicJoins];
}
