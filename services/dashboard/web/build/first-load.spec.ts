import { firstLoadBytes } from './first-load';

const chunk = (code: string, imports: readonly string[] = [], isEntry = false) => ({
  code,
  imports,
  isEntry,
});

describe('firstLoadBytes', () => {
  const shared = chunk('shared '.repeat(10));
  const later = chunk('only when asked for '.repeat(1_000));

  it('counts the entry and what it imports, once', () => {
    const entry = chunk('entry', ['a', 'b'], true);
    const a = chunk('a', ['shared']);
    const b = chunk('b', ['shared']);
    const all = firstLoadBytes(new Map(Object.entries({ entry, a, b, shared, later })));
    const one = (code: string): number => firstLoadBytes(new Map([['x', chunk(code, [], true)]]));
    expect(all).toBe(one('entry') + one('a') + one('b') + one(shared.code));
  });

  it('follows a circle once', () =>
    expect(
      firstLoadBytes(new Map(Object.entries({ a: chunk('a', ['b'], true), b: chunk('b', ['a']) }))),
    ).toBeGreaterThan(0));

  it('does not count what is loaded later', () =>
    expect(firstLoadBytes(new Map(Object.entries({ entry: chunk('entry', [], true), later })))).toBeLessThan(
      100,
    ));
});
