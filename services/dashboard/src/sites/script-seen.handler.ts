import { topics, type ScriptSeen } from '@clickjoin/contracts';
import { done, OnTopic, type Outcome, type Slice, type SliceContext } from '@clickjoin/kafka';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { EntityManager } from 'typeorm';
import { ScriptSeenStore } from './script-seen.store';

@Controller()
export class ScriptSeenHandler {
  constructor(private readonly store: ScriptSeenStore) {}

  @OnTopic(topics.scriptSeen)
  async onScriptSeen(
    @Payload() { messages }: Slice<ScriptSeen>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    await this.store.apply(
      tx,
      messages.map(({ event }) => event),
    );
    return messages.map(() => done);
  }
}
