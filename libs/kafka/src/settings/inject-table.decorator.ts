import { Inject } from '@nestjs/common';
import type { TopicDefinition } from '@clickjoin/contracts';

export const tableToken = (topic: Pick<TopicDefinition, 'name'>): string => `SettingsTable(${topic.name})`;

/** `constructor(@InjectTable(topics.channel) private readonly channels: SettingsTable<ChannelConfigured>)` */
export const InjectTable = (topic: Pick<TopicDefinition, 'name'>): ParameterDecorator & PropertyDecorator =>
  Inject(tableToken(topic));
