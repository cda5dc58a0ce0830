import { topics, type ClickCaptured, type JoinReceived } from '@clickjoin/contracts';
import {
  done,
  OnTopic,
  skipped,
  type Message,
  type Outcome,
  type Slice,
  type SliceContext,
} from '@clickjoin/kafka';
import { inOneGo, lockBucket } from '@clickjoin/postgres';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { EntityManager } from 'typeorm';
import { NotedMembers } from '../bot-start/noted-members';
import { ErasedClickStore, NOBODY } from '../erasures/erased-click.store';
import { FunnelStore } from '../funnel/funnel.store';
import { SERVICE } from '../service-name';
import { SurpriseStore } from '../surprises/surprise.store';
import { aboutClick, aboutJoin } from '../surprises/surprises';
import { AdmissionStore } from './admission';
import { ClickStore, type NewClick } from './click.store';
import { deadlineOf, decideJoins } from './decide-joins';
import { DecisionWriter } from './decision.writer';
import { JoinStore } from './join.store';

@Controller()
export class ClickCapturedHandler {
  constructor(
    private readonly admissions: AdmissionStore,
    private readonly clicks: ClickStore,
    private readonly joins: JoinStore,
    private readonly noted: NotedMembers,
    private readonly writer: DecisionWriter,
    private readonly funnel: FunnelStore,
    private readonly surprises: SurpriseStore,
    private readonly erasedClicks: ErasedClickStore,
  ) {}

  /** Keeps the clicks, and decides the joins that were waiting for them. */
  @OnTopic(topics.clickCaptured)
  async onClickCaptured(
    @Payload() { partition: bucket, messages }: Slice<ClickCaptured>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    const [, { isClickTooOld, awaitsErasedClicks }] = await inOneGo(
      lockBucket(tx, bucket, SERVICE),
      this.admissions.admission(tx),
    );
    const tooOld = messages.filter(({ event }) => isClickTooOld(event.capturedAt));
    const inTime = tooOld.length === 0 ? messages : messages.filter((message) => !tooOld.includes(message));
    const clicks = inTime.map(clickOf);
    const forBots = clicks.filter(({ linkKind }) => linkKind === 'bot-start');
    await this.noted.lock(tx, forBots);
    // The start of a bot click is erased in another bucket: it may have been since admission was asked.
    const mayBeErased = awaitsErasedClicks || forBots.length > 0;
    const erased = mayBeErased ? await this.erasedClicks.among(tx, clicks) : new Set<NewClick>();
    const admitted = clicks.map((click) => (erased.has(click) ? blank(click) : click));
    const [lacking, { fresh, second }] = await inOneGo(
      this.joins.joinsWithoutClick(tx, [...new Set(admitted.map(({ clickKey }) => clickKey))]),
      this.insert(tx, bucket, admitted),
    );
    if (erased.size > 0) await this.blankInserted(tx, fresh);

    const byKey = new Map(fresh.map((click) => [click.clickKey, click]));
    // Asked for all, so that it needn't wait for the insert; a click that was known has met its joins before.
    const isFresh = ({ link }: JoinReceived): boolean => byKey.has(link?.key ?? '');
    const waiting = lacking.waiting.filter(({ event }) => isFresh(event));
    const closed = lacking.closed.filter(isFresh);
    const clickOfKey = (clickKey: string): NewClick | undefined => byKey.get(clickKey);
    const decided = decideJoins(waiting, { clickOf: clickOfKey, startsOf: () => [] });
    await this.writer.write(tx, bucket, { waiting: decided }, 'click');

    const overdue = waiting.filter(
      (join) => (clickOfKey(join.event.link?.key ?? '')?.loggedAtMs ?? 0) > deadlineOf(join),
    );
    const lateFor = [...closed, ...overdue.map(({ event }) => event)];
    await inOneGo(
      this.funnel.count(tx, bucket, { clicks: [...fresh, ...second] }),
      this.surprises.add(tx, [
        ...lateFor.map((join) => aboutJoin('late-click', join, clickOfKey(join.link?.key ?? '')?.clickId)),
        ...second.flatMap((click) =>
          click.linkKind === 'fallback' ? [] : [aboutClick('second-click', click)],
        ),
        ...tooOld.map(({ event }) => aboutClick('click-too-old', event)),
      ]),
    );
    return outcomesOf(messages, fresh, second, tooOld);
  }

  /** What was inserted without facts is converted by nobody: no other person's join may have it. */
  private async blankInserted(tx: EntityManager, fresh: readonly NewClick[]): Promise<void> {
    const blanks = fresh.filter(({ convertedBy }) => convertedBy?.joinId === NOBODY);
    await this.erasedClicks.blank(
      tx,
      blanks.map(({ clickKey }) => clickKey),
    );
  }

  /**
   * Of several clicks by one link the first in the log stands for it. A second one is kept too, under a key that
   * matches nothing, so that its duplicate is known and the funnel counts it once.
   */
  private async insert(
    tx: EntityManager,
    bucket: number,
    clicks: readonly NewClick[],
  ): Promise<{ fresh: NewClick[]; second: NewClick[] }> {
    const first = new Map<string, NewClick>();
    for (const click of clicks) if (!first.has(click.clickKey)) first.set(click.clickKey, click);
    const forBots = [...first.values()].filter(({ linkKind }) => linkKind === 'bot-start');
    const inserted = await this.clicks.insertClicks(tx, bucket, [...first.values()]);
    await this.noted.leaveNotes(
      tx,
      forBots.filter(({ clickKey }) => inserted.has(clickKey)),
    );
    const isFresh = (click: NewClick): boolean =>
      inserted.has(click.clickKey) && first.get(click.clickKey) === click;
    const fresh = clicks.filter(isFresh);
    const others = clicks.filter((click) => !isFresh(click));
    if (others.length === 0) return { fresh, second: [] };

    const standing = await this.clicks.clicksByKey(tx, [...new Set(others.map(({ clickKey }) => clickKey))]);
    const more = new Map<string, NewClick>();
    for (const click of others) {
      if (standing.get(click.clickKey)?.clickId === click.clickId) continue;
      const clickKey = `${click.clickKey}/${click.clickId}`;
      if (!more.has(clickKey)) more.set(clickKey, withoutFacts({ ...click, clickKey }));
    }
    const added = await this.clicks.insertClicks(tx, bucket, [...more.values()]);
    return { fresh, second: [...more.values()].filter(({ clickKey }) => added.has(clickKey)) };
  }
}

/** A click of a person who was erased before it came. */
const blank = (click: NewClick): NewClick => ({ ...withoutFacts(click), convertedBy: { joinId: NOBODY } });

/** It will never be credited, so nothing personal is kept of it. */
function withoutFacts(click: NewClick): NewClick {
  const { facts, ...rest } = click;
  return facts === undefined ? click : rest;
}

const clickOf = ({ event, offset, timestamp }: Message<ClickCaptured>): NewClick => ({
  clickKey: event.linkKey ?? event.clickId,
  clickId: event.clickId,
  siteId: event.siteId,
  chatId: event.chatId,
  linkKind: event.linkKind,
  capturedAt: event.capturedAt,
  facts: { ad: event.ad, page: event.page, visitor: event.visitor },
  offset,
  loggedAtMs: timestamp,
});

function outcomesOf(
  messages: readonly Message<ClickCaptured>[],
  fresh: readonly NewClick[],
  second: readonly NewClick[],
  tooOld: readonly Message<ClickCaptured>[],
): Outcome[] {
  const kept = new Set(fresh.map(({ offset }) => offset));
  const refused = new Set(tooOld.map(({ offset }) => offset));
  const seconds = new Set(second.map(({ offset }) => offset));
  return messages.map(({ offset }): Outcome => {
    if (kept.has(offset)) return done;
    if (refused.has(offset)) return skipped('too-old');
    return skipped(seconds.has(offset) ? 'link-known' : 'click-known');
  });
}
