import { topics, type JoinReceived } from '@clickjoin/contracts';
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
import { MemberKnowledgeStore } from '../bot-start/member-knowledge';
import { AttributionConfig } from '../config';
import { ErasedClickStore } from '../erasures/erased-click.store';
import { SERVICE } from '../service-name';
import { SurpriseStore } from '../surprises/surprise.store';
import { aboutJoin, type Surprise } from '../surprises/surprises';
import { AdmissionStore, type Admission } from './admission';
import { ruleOf } from './attribution-rule';
import { ClickStore } from './click.store';
import { deadlineOf, decideJoins, type DecidedJoin, type Join } from './decide-joins';
import { DecisionWriter } from './decision.writer';
import { JoinStore, type KnownJoin } from './join.store';

@Controller()
export class JoinReceivedHandler {
  constructor(
    private readonly admissions: AdmissionStore,
    private readonly joins: JoinStore,
    private readonly clicks: ClickStore,
    private readonly members: MemberKnowledgeStore,
    private readonly writer: DecisionWriter,
    private readonly surprises: SurpriseStore,
    private readonly config: AttributionConfig,
    private readonly erasedClicks: ErasedClickStore,
  ) {}

  /** Decides the joins whose click is known; the others wait for it. */
  @OnTopic(topics.joinReceived)
  async onJoinReceived(
    @Payload() { partition: bucket, messages }: Slice<JoinReceived>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    const linkKeys = [...new Set(messages.flatMap(({ event }) => event.link?.key ?? []))];
    // Each statement sees what was committed when it began: the reads are behind the lock.
    const [, admission, known, found] = await inOneGo(
      lockBucket(tx, bucket, SERVICE),
      this.admissions.admission(
        tx,
        messages.map(({ event }) => event.person.telegramUserId),
      ),
      this.joins.knownJoins(tx, [...new Set(messages.map(({ event }) => event.joinId))]),
      this.clicks.clicksByKey(tx, linkKeys),
    );
    const { fresh, outcomes, surprises } = this.sort(messages, known, admission);
    const erased = messages.filter(({ event }) =>
      admission.isErased(event.person.telegramUserId, event.joinedAt),
    );
    await this.eraseClicks(tx, erased);
    // Found before they were blanked: another person's join by the same link would be credited, and fail for ever.
    const clicks = erased.length === 0 ? found : await this.clicks.clicksByKey(tx, linkKeys);

    const members = await this.members.ofJoins(tx, bucket, fresh);
    // Earlier joins of the same members go first: a later one must not take the click that they wait for. Not those
    // that a report of this slice takes the place of: they would be decided twice.
    const reported = new Set(fresh.map(({ event }) => event.joinId));
    const waiting = members.waiting.filter(({ event }) => !reported.has(event.joinId));
    const decided = decideJoins([...waiting, ...fresh], {
      clickOf: (clickKey) => clicks.get(clickKey) ?? members.clicks.get(clickKey),
      startsOf: (member) => members.starts.get(member) ?? [],
    });
    const now = decided.slice(waiting.length);
    const isKnown = ({ join }: DecidedJoin): boolean => known.has(join.event.joinId);
    await this.writer.write(
      tx,
      bucket,
      {
        waiting: decided.slice(0, waiting.length),
        fresh: now.filter((join) => !isKnown(join)),
        upgrades: now.filter(isKnown),
      },
      'join',
    );
    await this.surprises.add(tx, surprises);
    return outcomes;
  }

  /** The person was erased before this join was read: nobody could know then that the link's click is theirs. */
  private async eraseClicks(tx: EntityManager, messages: readonly Message<JoinReceived>[]): Promise<void> {
    const linkKeys = messages.flatMap(({ event }) => event.link?.key ?? []);
    await this.erasedClicks.blank(tx, linkKeys);
    // As old as the record: its click was captured before that.
    const loggedAtMs = Math.max(...messages.map(({ timestamp }) => timestamp));
    await this.erasedClicks.awaitMissing(tx, linkKeys, loggedAtMs);
  }

  /**
   * The reports that say something new, in the order of the log: of joins never seen, and those with a matchable link
   * of joins that wait without one.
   */
  private sort(
    messages: readonly Message<JoinReceived>[],
    known: ReadonlyMap<string, KnownJoin>,
    admission: Admission,
  ): { fresh: Join[]; outcomes: Outcome[]; surprises: Surprise[] } {
    const fresh = new Map<string, Join>();
    const surprises: Surprise[] = [];
    const outcomes = messages.map(({ event, offset, timestamp, headers }): Outcome => {
      const before = known.get(event.joinId);
      if (admission.isErased(event.person.telegramUserId, event.joinedAt)) return skipped('erased');
      if (before === undefined && admission.isJoinTooOld(event.joinedAt)) {
        surprises.push(aboutJoin('join-too-old', event));
        return skipped('too-old');
      }
      const standing = standingReport(fresh.get(event.joinId), before);
      if (standing !== undefined) {
        if (standing.hasLinkKey || event.link?.key === undefined) return skipped('join-known');
        // What came into the log after the deadline does not count, even if nobody has closed the join yet.
        if (standing.deadlineMs === undefined || timestamp > standing.deadlineMs) {
          surprises.push(aboutJoin('late-report', event));
          return skipped('join-decided');
        }
      }
      const rule = ruleOf(event, this.config);
      // Behind all others: its place is that of the report that counts.
      fresh.delete(event.joinId);
      fresh.set(event.joinId, {
        event,
        rule,
        offset,
        loggedAtMs: timestamp,
        traceparent: headers['traceparent'],
      });
      return done;
    });
    return { fresh: [...fresh.values()], outcomes, surprises };
  }
}

/** The report that another one of the same join meets: of this slice, or of an earlier one. */
function standingReport(
  inSlice: Join | undefined,
  before: KnownJoin | undefined,
): Pick<KnownJoin, 'hasLinkKey' | 'deadlineMs'> | undefined {
  if (inSlice === undefined) return before;
  const { link } = inSlice.event;
  // Without any link it is decided at once, so nothing can take its place.
  return {
    hasLinkKey: link?.key !== undefined,
    ...(link === undefined ? {} : { deadlineMs: deadlineOf(inSlice) }),
  };
}
