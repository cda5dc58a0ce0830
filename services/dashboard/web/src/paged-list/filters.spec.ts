import { given } from './filters';

it('leaves out what is not given, and nothing else', () =>
  expect(given({ a: undefined, b: '', c: 0, d: false, e: 'x' })).toEqual({ b: '', c: 0, d: false, e: 'x' }));

it('has no key for what is not given, which an address would show', () =>
  expect(Object.keys(given({ a: undefined, b: 'x' }))).toEqual(['b']));
