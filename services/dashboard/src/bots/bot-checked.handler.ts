import { topics, type BotChecked } from '@clickjoin/contracts';
import { done, OnTopic, type Outcome, type Slice, type SliceContext } from '@clickjoin/kafka';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { EntityManager } from 'typeorm';
import { BotCheckStore } from './bot-check.store';

@Controller()
export class BotCheckedHandler {
  constructor(private readonly store: BotCheckStore) {}

  @OnTopic(topics.botChecked)
  async onBotChecked(
    @Payload() { messages }: Slice<BotChecked>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    for (const { event } of messages) await this.store.apply(tx, event);
    return messages.map(() => done);
  }
}
