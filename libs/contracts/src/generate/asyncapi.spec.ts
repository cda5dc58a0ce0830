import { allTopics } from '../topics';
import { asyncApiOf } from './asyncapi';

interface Document {
  readonly channels: Readonly<
    Record<string, { address: string; messages: Record<string, unknown>; bindings: { kafka: object } }>
  >;
  readonly components: {
    readonly messages: Readonly<
      Record<string, { bindings: { kafka: { key: { description?: string } } }; examples?: unknown[] }>
    >;
  };
}

describe('asyncApiOf', () => {
  const document = asyncApiOf(allTopics, '0.1.0') as Document;

  it('has a channel for each topic, under its public name', () => {
    expect(Object.values(document.channels).map(({ address }) => address)).toEqual(
      allTopics.map(({ name }) => name),
    );
  });

  it('says of each message what its key is, and shows one', () => {
    const messages = Object.values(document.components.messages);
    expect(messages).toHaveLength(allTopics.length);
    for (const { bindings, examples } of messages) {
      expect(bindings.kafka.key.description).toMatch(/\w/);
      expect(examples).toHaveLength(1);
    }
  });

  it('refers only to what is in it', () => {
    const references = JSON.stringify(document).match(/"#\/[^"]+"/g) ?? [];
    expect(references.length).toBeGreaterThan(allTopics.length);
    for (const reference of references) {
      const found = reference
        .slice(3, -1)
        .split('/')
        .reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], document);
      expect({ reference, found }).toMatchObject({ found: expect.any(Object) as unknown });
    }
  });

  it.each([
    {
      name: 'a compacted topic',
      channel: 'ChannelDetected',
      configuration: { 'cleanup.policy': ['compact'] },
    },
    {
      name: 'a topic that is kept for days',
      channel: 'JoinReceived',
      configuration: { 'cleanup.policy': ['delete'], 'retention.ms': 2_592_000_000 },
    },
  ])('gives the retention of $name', ({ channel, configuration }) =>
    expect(document.channels[channel]?.bindings.kafka).toMatchObject({ topicConfiguration: configuration }),
  );
});
