import { jsonSchemaOf } from '../json-schema';
import type { Retention, TopicDefinition } from '../topic';
import { sampleMessages, sourceOf, type SampleMessage } from './sample-messages';

const DAY_MS = 86_400_000;

const HEADERS = {
  type: 'object',
  description: 'CloudEvents 1.0, binary content mode.',
  required: ['ce_specversion', 'ce_id', 'ce_type', 'ce_source', 'ce_time', 'content-type'],
  properties: {
    ce_specversion: { type: 'string', const: '1.0' },
    ce_id: { type: 'string', description: 'Same facts, same id: dedupe by it.' },
    ce_type: { type: 'string', description: "The topic's name without the installation's prefix." },
    ce_source: { type: 'string', description: 'The service that speaks.' },
    ce_time: { type: 'string', format: 'date-time', description: 'When it happened, by the facts in it.' },
    'content-type': { type: 'string', const: 'application/json' },
    traceparent: { type: 'string', description: 'W3C trace context of what led to the event.' },
  },
};

/** `ClickCaptured`: the name of the contract class. */
const messageName = (definition: TopicDefinition): string => definition.eventClass.name;

const topicConfiguration = (retention: Retention) =>
  retention.kind === 'compacted'
    ? { 'cleanup.policy': ['compact'] }
    : { 'cleanup.policy': ['delete'], 'retention.ms': retention.days * DAY_MS };

const keptFor = (retention: Retention): string =>
  retention.kind === 'compacted'
    ? 'The newest record of each key is kept.'
    : `Kept for ${retention.days} days.`;

const datedBy = ({ timestamps }: TopicDefinition): string =>
  timestamps === 'log-append' ? " Record timestamps are the broker's, of when it took the record." : '';

const channelOf = (definition: TopicDefinition) => ({
  address: definition.name,
  title: messageName(definition),
  description: `${definition.description} ${keptFor(definition.retention)}${datedBy(definition)}`,
  messages: {
    [messageName(definition)]: { $ref: `#/components/messages/${messageName(definition)}` },
  },
  bindings: {
    kafka: {
      topic: definition.name,
      ...(definition.partitions === undefined ? {} : { partitions: definition.partitions }),
      topicConfiguration: topicConfiguration(definition.retention),
      bindingVersion: '0.5.0',
    },
  },
});

const messageOf = (definition: TopicDefinition, sample: SampleMessage | undefined) => ({
  name: messageName(definition),
  title: messageName(definition),
  summary: definition.description,
  contentType: 'application/json',
  headers: { $ref: '#/components/schemas/CloudEventHeaders' },
  payload: jsonSchemaOf(definition.eventClass),
  bindings: {
    kafka: { key: { type: 'string', description: definition.keyedBy }, bindingVersion: '0.5.0' },
  },
  ...(sample === undefined ? {} : { examples: [{ headers: sample.headers, payload: sample.value }] }),
});

const operationOf = (definition: TopicDefinition) => ({
  action: 'send',
  title: `${sourceOf(definition)} publishes ${messageName(definition)}`,
  channel: { $ref: `#/channels/${messageName(definition)}` },
});

const byName = <T>(definitions: readonly TopicDefinition[], make: (definition: TopicDefinition) => T) =>
  Object.fromEntries(definitions.map((definition) => [messageName(definition), make(definition)]));

/** AsyncAPI 3.0 of all topics: what someone with their own consumer needs to know. */
export function asyncApiOf(definitions: readonly TopicDefinition[], version: string): object {
  const samples = sampleMessages();
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Clickjoin events',
      version,
      description:
        "Topics are a public contract: additive changes stay in v1, a breaking change is a new topic beside the old one. An installation may put a prefix before the names. Records that a consumer group can't take go to <topic>.<group>.dlq with their original bytes.",
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    channels: byName(definitions, channelOf),
    operations: Object.fromEntries(
      definitions.map((definition) => [`publish${messageName(definition)}`, operationOf(definition)]),
    ),
    components: {
      schemas: { CloudEventHeaders: HEADERS },
      messages: byName(definitions, (definition) => messageOf(definition, samples.get(definition.name))),
    },
  };
}
