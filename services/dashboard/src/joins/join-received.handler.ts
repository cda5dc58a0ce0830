import { topics, type JoinReceived } from '@clickjoin/contracts';
import { done, OnTopic, type Outcome, type Slice, type SliceContext } from '@clickjoin/kafka';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { EntityManager } from 'typeorm';
import { JoinsStore } from './joins.store';

@Controller()
export class JoinReceivedHandler {
  constructor(private readonly store: JoinsStore) {}

  @OnTopic(topics.joinReceived)
  async onJoinReceived(
    @Payload() { messages }: Slice<JoinReceived>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    await this.store.applyReceived(
      tx,
      messages.map(({ event }) => event),
    );
    return messages.map(() => done);
  }
}
