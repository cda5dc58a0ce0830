import { topics, type JoinOrganic } from '@clickjoin/contracts';
import { done, OnTopic, type Outcome, type Slice, type SliceContext } from '@clickjoin/kafka';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { EntityManager } from 'typeorm';
import { JoinsStore } from './joins.store';

@Controller()
export class JoinOrganicHandler {
  constructor(private readonly store: JoinsStore) {}

  @OnTopic(topics.joinOrganic)
  async onJoinOrganic(
    @Payload() { messages }: Slice<JoinOrganic>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    await this.store.applyOrganic(
      tx,
      messages.map(({ event }) => event),
    );
    return messages.map(() => done);
  }
}
