import { topics, type BotStarted } from '@clickjoin/contracts';
import {
  done,
  OnTopic,
  skipped,
  type Message,
  type Outcome,
  type Slice,
  type SliceContext,
} from '@clickjoin/kafka';
import { lockBucket } from '@clickjoin/postgres';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { EntityManager } from 'typeorm';
import { AdmissionStore } from '../attribute/admission';
import type { Click } from '../attribute/decide-joins';
import { decideJoins } from '../attribute/decide-joins';
import { DecisionWriter } from '../attribute/decision.writer';
import { ErasedClickStore } from '../erasures/erased-click.store';
import { SERVICE } from '../service-name';
import { SurpriseStore } from '../surprises/surprise.store';
import { aboutClick, aboutJoin, type Surprise } from '../surprises/surprises';
import { lockClicks } from './click-locks';
import { BotStartStore, type NewBotStart } from './bot-start.store';
import { MemberKnowledgeStore } from './member-knowledge';

@Controller()
export class BotStartedHandler {
  constructor(
    private readonly admissions: AdmissionStore,
    private readonly starts: BotStartStore,
    private readonly knowledge: MemberKnowledgeStore,
    private readonly writer: DecisionWriter,
    private readonly surprises: SurpriseStore,
    private readonly erasedClicks: ErasedClickStore,
  ) {}

  /** Keeps which person came by which click, and decides the joins that were waiting for that. */
  @OnTopic(topics.botStarted)
  async onBotStarted(
    @Payload() { partition: bucket, messages }: Slice<BotStarted>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    await lockBucket(tx, bucket, SERVICE);
    const { isErased, isClickTooOld } = await this.admissions.admission(
      tx,
      messages.map(({ event }) => event.person.telegramUserId),
    );
    const refusals = messages.map(({ event }): Outcome | undefined => {
      if (isErased(event.person.telegramUserId, event.startedAt)) return skipped('erased');
      return isClickTooOld(event.startedAt) ? skipped('too-old') : undefined;
    });
    await this.eraseClicks(
      tx,
      messages.filter(({ event }) => isErased(event.person.telegramUserId, event.startedAt)),
    );
    const admitted = messages.filter((_message, index) => refusals[index] === undefined).map(botStartOf);
    const fresh = await this.starts.insert(tx, bucket, admitted);

    const known = await this.knowledge.ofMembers(tx, bucket, fresh);
    const decided = decideJoins(known.waiting, {
      clickOf: (clickId) => known.clicks.get(clickId),
      startsOf: (member) => known.starts.get(member) ?? [],
    });
    await this.writer.write(tx, bucket, { waiting: decided }, 'bot-start');
    await this.surprises.add(tx, [
      ...fresh.flatMap((start) => surprisesOf(start, known.clicks.get(start.clickId))),
      ...(await this.starts.closedBefore(tx, fresh)).map((late) =>
        aboutJoin('late-bot-start', late, late.clickId),
      ),
    ]);
    const offsets = new Set(fresh.map(({ offset }) => offset));
    return messages.map(
      ({ offset }, index) => refusals[index] ?? (offsets.has(offset) ? done : skipped('start-known')),
    );
  }

  /** The person was erased before this start was read: nobody could know then that the click is theirs. */
  private async eraseClicks(tx: EntityManager, messages: readonly Message<BotStarted>[]): Promise<void> {
    const clickIds = messages.map(({ event }) => event.clickId);
    await lockClicks(tx, clickIds);
    await this.erasedClicks.blank(tx, clickIds);
    const loggedAtMs = Math.max(...messages.map(({ timestamp }) => timestamp));
    await this.erasedClicks.awaitMissing(tx, clickIds, loggedAtMs);
  }
}

const botStartOf = ({ event, offset, timestamp }: Message<BotStarted>): NewBotStart => ({
  chatId: event.chatId,
  telegramUserId: event.person.telegramUserId,
  clickId: event.clickId,
  startedAt: event.startedAt,
  offset,
  loggedAtMs: timestamp,
});

function surprisesOf(start: NewBotStart, click: Click | undefined): Surprise[] {
  if (click === undefined) return [aboutClick('bot-start-of-unknown-click', start)];
  return click.chatId === start.chatId ? [] : [aboutClick('bot-start-for-another-channel', start)];
}
