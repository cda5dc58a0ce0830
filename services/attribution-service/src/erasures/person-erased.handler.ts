import { topics, type PersonErased } from '@clickjoin/contracts';
import {
  done,
  KafkaClient,
  OnTopic,
  skipped,
  type Outcome,
  type Slice,
  type SliceContext,
} from '@clickjoin/kafka';
import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { EntityManager } from 'typeorm';
import type { OffsetRanges } from '../close-waiting-joins/read-marks';
import { ErasedClickStore } from './erased-click.store';
import { ErasureStore, type ErasedPerson } from './erasure.store';

/**
 * Erasures of this service's own, as the topic tells of them. They are news only to a database that was lost and fills
 * itself from the topics: it would publish these persons anew.
 */
@Controller()
export class PersonErasedHandler {
  constructor(
    private readonly store: ErasureStore,
    private readonly clicks: ErasedClickStore,
    @Inject(KafkaClient) private readonly kafka: OffsetRanges,
  ) {}

  /** Emits nothing: everyone else reads the topic too. */
  @OnTopic(topics.personErased)
  async onPersonErased(
    @Payload() { messages }: Slice<PersonErased>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    const isDone = await this.store.areDoneHere(
      tx,
      messages.map(({ event }) => personOf(event)),
    );
    const news = messages.flatMap(({ event }, index) => (isDone[index] === true ? [] : [event]));
    if (news.length > 0) await this.erase(tx, news);
    return messages.map((_message, index) => (isDone[index] === true ? skipped('erased') : done));
  }

  private async erase(tx: EntityManager, news: readonly PersonErased[]): Promise<void> {
    const buckets = (await this.kafka.offsetRanges(topics.joinReceived.name)).size;
    await this.store.lockAllBuckets(tx, buckets);
    // Under the locks, since a slice may just be bringing one of these clicks. One look for all persons of the slice.
    const held = await this.store.clickKeysOf(
      tx,
      news.map(personOf),
      news.flatMap(({ clickIds }) => clickIds),
    );
    for (const event of news) {
      const { telegramUserId } = event;
      const person = personOf(event);
      await this.store.remember(tx, person, { isHere: false });
      const theirs = held.filter((click) => click.telegramUserId === telegramUserId);
      const clickKeys = theirs.map(({ clickKey }) => clickKey);
      await this.store.erase(tx, person, clickKeys, person.erasedAtMs);
      await this.clicks.awaitMissing(tx, event.clickIds, person.erasedAtMs);
    }
    const unconverted = held.filter(({ telegramUserId }) => telegramUserId === undefined);
    await this.clicks.blank(
      tx,
      unconverted.map(({ clickKey }) => clickKey),
    );
  }
}

const personOf = ({ telegramUserId, erasedAt }: PersonErased): ErasedPerson => ({
  telegramUserId,
  erasedAtMs: Date.parse(erasedAt),
});
