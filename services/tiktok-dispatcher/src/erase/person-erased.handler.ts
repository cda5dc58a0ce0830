import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { topics, type Clock, type PersonErased } from '@clickjoin/contracts';
import { done, OnTopic, type Outcome, type Slice, type SliceContext } from '@clickjoin/kafka';
import { CLOCK } from '@clickjoin/service-kit';
import type { EntityManager } from 'typeorm';
import { addErasedConversions } from './erase.store';
import { Erasures } from './erasures';

/** A person asked to be forgotten. */
@Controller()
export class PersonErasedHandler {
  constructor(
    private readonly erasures: Erasures,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @OnTopic(topics.personErased)
  async onPersonErased(
    @Payload() { messages }: Slice<PersonErased>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    const conversionIds = messages.flatMap(({ event }) => event.conversionIds);
    await addErasedConversions(tx, conversionIds, this.clock.now());
    await this.erasures.erase(tx, conversionIds);
    return messages.map(() => done);
  }
}
