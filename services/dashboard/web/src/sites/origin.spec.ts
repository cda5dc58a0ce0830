import { originOf, pageOf } from './origin';

describe('originOf', () => {
  it.each([
    ['https://example.com/lp?x=1', 'https://example.com'],
    [' example.com/lp ', 'https://example.com'],
    ['http://127.0.0.1:8080/a', 'http://127.0.0.1:8080'],
    ['localhost:3000', 'https://localhost:3000'],
    // An international name becomes what browsers send.
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['shop', undefined],
    ['', undefined],
    ['two words.com', undefined],
    ['javascript:alert(1)', undefined],
    ['ftp://example.com', undefined],
  ])('of %j is %j', (typed, origin) => expect(originOf(typed)).toBe(origin));
});

it('never makes an address that would run as script', () =>
  expect(pageOf('javascript://example.com/%0aalert(1)')).toBeUndefined());
