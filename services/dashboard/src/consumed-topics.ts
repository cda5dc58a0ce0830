import { topics, type TopicDefinition } from '@clickjoin/contracts';

/** What the read models are made of. */
export const CONSUMED: readonly TopicDefinition[] = [
  topics.clickCaptured,
  topics.joinReceived,
  topics.memberLeft,
  topics.channelDetected,
  topics.chatMigrated,
  topics.botChecked,
  topics.scriptSeen,
  topics.conversionAttributed,
  topics.joinOrganic,
  topics.deliveryUpdated,
  topics.pixelStateChanged,
  topics.personErased,
];
