import { topics, type ChannelDetected } from '@clickjoin/contracts';
import { done, OnTopic, type Outcome, type Slice, type SliceContext } from '@clickjoin/kafka';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { EntityManager } from 'typeorm';
import { ChannelsService } from './channels.service';

@Controller()
export class ChannelDetectedHandler {
  constructor(private readonly channels: ChannelsService) {}

  @OnTopic(topics.channelDetected)
  async onChannelDetected(
    @Payload() { messages }: Slice<ChannelDetected>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    await this.channels.observe(
      tx,
      messages.map(({ event }) => event),
    );
    return messages.map(() => done);
  }
}
