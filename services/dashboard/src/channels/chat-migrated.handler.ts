import { topics, type ChatMigrated } from '@clickjoin/contracts';
import { done, OnTopic, type Outcome, type Slice, type SliceContext } from '@clickjoin/kafka';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { EntityManager } from 'typeorm';
import { ChannelsService } from './channels.service';

@Controller()
export class ChatMigratedHandler {
  constructor(private readonly channels: ChannelsService) {}

  @OnTopic(topics.chatMigrated)
  async onChatMigrated(
    @Payload() { messages }: Slice<ChatMigrated>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    for (const { event } of messages) await this.channels.migrate(tx, event);
    return messages.map(() => done);
  }
}
