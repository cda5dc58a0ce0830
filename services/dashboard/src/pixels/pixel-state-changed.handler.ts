import { topics, type PixelStateChanged } from '@clickjoin/contracts';
import { done, OnTopic, type Outcome, type Slice, type SliceContext } from '@clickjoin/kafka';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { EntityManager } from 'typeorm';
import { PixelStateStore } from './pixel-state.store';

@Controller()
export class PixelStateChangedHandler {
  constructor(private readonly store: PixelStateStore) {}

  @OnTopic(topics.pixelStateChanged)
  async onPixelStateChanged(
    @Payload() { messages }: Slice<PixelStateChanged>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    for (const { event } of messages) await this.store.apply(tx, event);
    return messages.map(() => done);
  }
}
