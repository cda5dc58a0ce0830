import { topics, type PersonErased } from '@clickjoin/contracts';
import { done, OnTopic, type Outcome, type Slice, type SliceContext } from '@clickjoin/kafka';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { EntityManager } from 'typeorm';
import { MembershipsStore } from './memberships.store';

@Controller()
export class PersonErasedHandler {
  constructor(private readonly store: MembershipsStore) {}

  @OnTopic(topics.personErased)
  async onPersonErased(
    @Payload() { messages }: Slice<PersonErased>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    for (const { event } of messages) await this.store.applyErased(tx, event);
    return messages.map(() => done);
  }
}
