import { topics } from '@clickjoin/contracts';
import { TopicProvisioner } from '@clickjoin/kafka';
import { Injectable, type OnModuleInit } from '@nestjs/common';

/**
 * A click and a join of one link, and a member's bot starts and joins, must fall into the same bucket, or they are
 * decided under two locks and can miss each other. Refuses to start when the topics have different partition counts.
 */
@Injectable()
export class CoPartitioning implements OnModuleInit {
  constructor(private readonly provisioner: TopicProvisioner) {}

  async onModuleInit(): Promise<void> {
    await this.provisioner.ensure([topics.clickCaptured, topics.joinReceived, topics.botStarted]);
    await this.provisioner.coPartitioned(topics.clickCaptured, topics.joinReceived);
    await this.provisioner.coPartitioned(topics.botStarted, topics.joinReceived);
  }
}
