import { FatalError } from '../errors';
import { KafkaJSError, KafkaJSNumberOfRetriesExceeded } from '../kafkajs';
import { fatalCauseOf } from './crash';

const named = (name: string): Error => Object.assign(new Error(name), { name, retriable: false });
const protocol = (type: string, retriable = false): Error =>
  Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type, retriable });
const typeError = new TypeError('undefined is not a function');
const fatal = new FatalError('the end');

describe('fatalCauseOf', () => {
  it.each([
    { name: 'Kafka is away', crash: new KafkaJSError('connection', { retriable: true }) },
    {
      name: 'kafkajs has tried often enough',
      crash: new KafkaJSNumberOfRetriesExceeded(new Error('x'), { retryCount: 5, retryTime: 1 }),
    },
    {
      name: 'no coordinator, which kafkajs calls not retriable',
      crash: named('KafkaJSGroupCoordinatorNotFound'),
    },
    { name: 'the member is not known any more', crash: protocol('UNKNOWN_MEMBER_ID') },
    { name: 'a retriable answer inside', crash: new Error('outer', { cause: protocol('x', true) }) },
  ])('$name: a new consumer', ({ crash }) => expect(fatalCauseOf(crash)).toBeUndefined());

  it.each([
    { name: 'an error of ours that ends the service', crash: fatal, cause: fatal },
    { name: 'a mistake in the program', crash: typeError, cause: typeError },
    {
      name: 'no right to read the topic',
      crash: protocol('TOPIC_AUTHORIZATION_FAILED'),
      cause: expect.any(Error),
    },
    { name: 'something unknown', crash: new Error('?'), cause: expect.any(Error) },
  ])('$name: the end', ({ crash, cause }) => expect(fatalCauseOf(crash)).toEqual(cause));
});
