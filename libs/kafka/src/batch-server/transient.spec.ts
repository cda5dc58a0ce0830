import { Retriable } from '../errors';
import { isTransient } from './transient';

const withCode = (code: string): Error => Object.assign(new Error(code), { code });

describe('isTransient', () => {
  it.each([
    { name: 'a Retriable', error: new Retriable('later'), expected: true },
    {
      name: 'a Retriable as cause',
      error: new Error('outer', { cause: new Retriable('later') }),
      expected: true,
    },
    { name: 'a refused connection', error: withCode('ECONNREFUSED'), expected: true },
    { name: 'a deadlock', error: withCode('40P01'), expected: true },
    { name: 'a serialization failure', error: withCode('40001'), expected: true },
    { name: 'a database that shuts down', error: withCode('57P01'), expected: true },
    { name: 'a lock that was not available', error: withCode('55P03'), expected: true },
    {
      name: "a driver's error inside TypeORM's",
      error: Object.assign(new Error('query failed'), { driverError: withCode('08006') }),
      expected: true,
    },
    { name: 'a broken unique key: the data are at fault', error: withCode('23505'), expected: false },
    { name: 'a missing column: the code is at fault', error: withCode('42703'), expected: false },
    { name: 'a TypeError', error: new TypeError('undefined'), expected: false },
    { name: 'something that is no error', error: 'text', expected: false },
  ])('$name: $expected', ({ error, expected }) => expect(isTransient(error)).toBe(expected));

  it('ends on causes that go in circles', () => {
    const one = new Error('one');
    one.cause = new Error('two', { cause: one });
    expect(isTransient(one)).toBe(false);
  });
});
