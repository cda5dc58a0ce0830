import { topics, type ClickCaptured } from '@clickjoin/contracts';
import { done, OnTopic, type Outcome, type Slice, type SliceContext } from '@clickjoin/kafka';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { EntityManager } from 'typeorm';
import { ClicksStore } from './clicks.store';

@Controller()
export class ClickCapturedHandler {
  constructor(private readonly store: ClicksStore) {}

  @OnTopic(topics.clickCaptured)
  async onClickCaptured(
    @Payload() { messages }: Slice<ClickCaptured>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    await this.store.apply(
      tx,
      messages.map(({ event }) => event),
    );
    return messages.map(() => done);
  }
}
