import { Logger } from '@nestjs/common';
import { type LogEntry, logLevel } from './index';

/**
 * What kafkajs calls an error and is none: a broker that has just started has no group coordinator for a
 * second or two, nor a new topic its leaders; five services that start together create the same topics; a rebalance
 * is everyday life, and the publisher replaces a producer that gave up. kafkajs offers only the text to tell them by.
 */
const EVERYDAY = [
  'The group coordinator is not available',
  'The coordinator is loading',
  'the coordinator is loading',
  'This is not the correct coordinator for this group',
  'This server is not the leader for that topic-partition',
  'There is no leader for this topic-partition',
  'This server does not host this topic-partition',
  'The group is rebalancing, so a rejoin is needed',
  'The group is rebalancing, re-joining',
  'Limiting retries for the idempotent producer',
  'The consumer group has no committed offsets',
  'Topic creation errors',
  'Topic with this name already exists',
];

const isEveryday = ({ log }: LogEntry): boolean => {
  const error: unknown = log['error'];
  const text = `${log.message} ${typeof error === 'string' ? error : ''}`;
  return EVERYDAY.some((part) => text.includes(part));
};

/** While Kafka is away kafkajs says so several times a second, for each connection. */
const REPEAT_AFTER_MS = 10_000;
const REMEMBERED = 100;

type Log = Pick<Logger, 'error' | 'warn' | 'debug'>;

/** kafkajs' log lines as the application's: fields as an object, then the sentence; repetitions as debug. */
export const createLogCreator =
  (logger: Log = new Logger('kafkajs'), now: () => number = () => performance.now()) =>
  () => {
    const saidAt = new Map<string, number>();
    return (entry: LogEntry): void => {
      const { message, stack, ...rest } = entry.log;
      const fields = withoutDuplicates(rest);
      const sentence = entry.namespace === '' ? message : `${entry.namespace}: ${message}`;
      const level = levelOf(entry);
      if (level === 'debug' || now() - (saidAt.get(sentence) ?? -Infinity) < REPEAT_AFTER_MS) {
        logger.debug(fields, sentence);
        return;
      }
      if (saidAt.size >= REMEMBERED) saidAt.clear();
      saidAt.set(sentence, now());
      // Where in kafkajs a connection failed helps nobody.
      logger[level](
        entry.namespace === 'Connection' ? fields : { ...fields, stack: stack as unknown },
        sentence,
      );
    };
  };

/** The application's logger has a time and a name of its own. */
function withoutDuplicates(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = { ...fields };
  delete kept['timestamp'];
  delete kept['logger'];
  return kept;
}

function levelOf(entry: LogEntry): 'error' | 'warn' | 'debug' {
  if (isEveryday(entry)) return 'debug';
  if (entry.level === logLevel.ERROR) return 'error';
  return entry.level === logLevel.WARN ? 'warn' : 'debug';
}
