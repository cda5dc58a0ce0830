import { topics, type MemberLeft } from '@clickjoin/contracts';
import { done, OnTopic, type Outcome, type Slice, type SliceContext } from '@clickjoin/kafka';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { EntityManager } from 'typeorm';
import { MembershipsStore } from './memberships.store';

@Controller()
export class MemberLeftHandler {
  constructor(private readonly store: MembershipsStore) {}

  @OnTopic(topics.memberLeft)
  async onMemberLeft(
    @Payload() { messages }: Slice<MemberLeft>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    await this.store.applyLeft(
      tx,
      messages.map(({ event }) => event),
    );
    return messages.map(() => done);
  }
}
