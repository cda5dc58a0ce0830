import { encode } from '../record';
import type { TopicDefinition } from '../topic';
import { topics } from '../topics';
import { samples } from './samples';

export interface SampleMessage {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: unknown;
}

/** Which service speaks in a domain: the first part of a topic's name. */
const SOURCES: Readonly<Record<string, string>> = {
  tracking: 'click-service',
  telegram: 'join-service',
  attribution: 'attribution-service',
  delivery: 'tiktok-dispatcher',
  privacy: 'attribution-service',
  settings: 'dashboard',
};

export const sourceOf = ({ name }: Pick<TopicDefinition, 'name'>): string => {
  const [domain = ''] = name.split('.');
  const source = SOURCES[domain];
  if (source === undefined) throw new Error(`no service is named for the domain of ${name}`);
  return source;
};

/** Headers and bytes as the real encoder makes them; a sample that breaks its contract stops here. */
function messageOf(definition: TopicDefinition, event: object): SampleMessage {
  const { key, headers, value } = encode(definition, event, {
    source: sourceOf(definition),
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  });
  return { key, headers, value: JSON.parse(value.toString('utf8')) as unknown };
}

/** By topic name, in the order of the registry. */
export const sampleMessages = (): ReadonlyMap<string, SampleMessage> =>
  new Map(
    (Object.keys(topics) as (keyof typeof topics)[]).map((name) => {
      const definition = topics[name] as unknown as TopicDefinition;
      return [definition.name, messageOf(definition, samples[name])];
    }),
  );
