import { topics, type ConversionAttributed } from '@clickjoin/contracts';
import { done, OnTopic, type Outcome, type Slice, type SliceContext } from '@clickjoin/kafka';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { EntityManager } from 'typeorm';
import { JoinsStore } from './joins.store';

@Controller()
export class ConversionAttributedHandler {
  constructor(private readonly store: JoinsStore) {}

  @OnTopic(topics.conversionAttributed)
  async onConversionAttributed(
    @Payload() { messages }: Slice<ConversionAttributed>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    await this.store.applyAttributed(
      tx,
      messages.map(({ event }) => event),
    );
    return messages.map(() => done);
  }
}
