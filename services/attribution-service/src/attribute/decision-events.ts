import {
  conversionIdOf,
  encode,
  topics,
  type ConversionAttributed,
  type JoinOrganic,
  type OrganicReason,
  type OutboundRecord,
} from '@clickjoin/contracts';
import { SERVICE } from '../service-name';
import type { Click, DecidedJoin, Join } from './decide-joins';

type Attributed = Extract<DecidedJoin['decision'], { kind: 'attributed' }>;

/** Of the facts of join and click alone: any order of arrival, and any replay, gives the same bytes. */
export function conversionRecord(
  { event: join, traceparent }: Join,
  { click, method }: Attributed,
): OutboundRecord {
  if (click.facts === undefined) throw new Error(`click ${click.clickId} was credited without its facts`);
  const event: ConversionAttributed = {
    conversionId: conversionIdOf(join.joinId),
    joinId: join.joinId,
    clickId: click.clickId,
    siteId: click.siteId,
    chatId: join.chatId,
    chat: join.chat,
    method,
    joinedAt: join.joinedAt,
    clickedAt: click.capturedAt,
    clickAgeMs: Date.parse(join.joinedAt) - Date.parse(click.capturedAt),
    ad: click.facts.ad,
    page: click.facts.page,
    visitor: click.facts.visitor,
    person: join.person,
  };
  return encode(topics.conversionAttributed, event, { source: SERVICE, traceparent });
}

export function organicRecord(
  { event: join, traceparent }: Join,
  reason: OrganicReason,
  click?: Click,
): OutboundRecord {
  const event: JoinOrganic = {
    joinId: join.joinId,
    chatId: join.chatId,
    chat: join.chat,
    joinedAt: join.joinedAt,
    reason,
    ...(click === undefined ? {} : { clickId: click.clickId }),
    person: join.person,
  };
  return encode(topics.joinOrganic, event, { source: SERVICE, traceparent });
}

/** The events of what was decided, in order; a waiting join has none yet. */
export const decisionRecords = (decided: readonly DecidedJoin[]): OutboundRecord[] =>
  decided.flatMap(({ join, decision }) => {
    switch (decision.kind) {
      case 'attributed':
        return [conversionRecord(join, decision)];
      case 'organic':
        return [organicRecord(join, decision.reason, decision.click)];
      case 'waiting':
        return [];
    }
  });
