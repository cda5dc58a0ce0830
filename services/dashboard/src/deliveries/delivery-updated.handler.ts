import { topics, type DeliveryUpdated } from '@clickjoin/contracts';
import { done, OnTopic, type Outcome, type Slice, type SliceContext } from '@clickjoin/kafka';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { EntityManager } from 'typeorm';
import { DeliveriesStore } from './deliveries.store';

@Controller()
export class DeliveryUpdatedHandler {
  constructor(private readonly store: DeliveriesStore) {}

  @OnTopic(topics.deliveryUpdated)
  async onDeliveryUpdated(
    @Payload() { messages }: Slice<DeliveryUpdated>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    await this.store.apply(
      tx,
      messages.map(({ event }) => event),
    );
    return messages.map(() => done);
  }
}
