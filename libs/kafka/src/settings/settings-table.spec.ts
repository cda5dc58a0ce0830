import { InMemoryTable } from './settings-table';

interface Row {
  readonly version: number;
  readonly name: string;
}

describe('InMemoryTable', () => {
  it('keeps the higher version; an equal one replaces, as a correction in the log does', () => {
    const table = new InMemoryTable<Row>();
    expect(table.put('a', { version: 2, name: 'two' })).toBe(true);
    expect(table.put('a', { version: 1, name: 'one' })).toBe(false);
    expect(table.put('a', { version: 2, name: 'two again' })).toBe(true);
    expect(table.get('a')?.name).toBe('two again');
  });

  it('takes a later record for newer though its version began anew, as after the loss of the writer', () => {
    const table = new InMemoryTable<{ version: number; configuredAt: string }>();
    table.put('bot', { version: 7, configuredAt: '2026-03-01T12:00:00.000Z' });
    expect(table.put('bot', { version: 1, configuredAt: '2026-03-02T12:00:00.000Z' })).toBe(true);
    expect(table.put('bot', { version: 8, configuredAt: '2026-03-01T13:00:00.000Z' })).toBe(false);
  });

  it('takes records without a version in the order of the log', () => {
    const table = new InMemoryTable<{ name: string }>();
    table.put('a', { name: 'first' });
    table.put('a', { name: 'second' });
    expect(table.get('a')?.name).toBe('second');
  });

  it('tells of changes and deletions, not of what was stale or absent, until told to stop', () => {
    const table = new InMemoryTable<Row>();
    const told: [string, string | undefined][] = [];
    const stop = table.onChange((id, row) => told.push([id, row?.name]));
    table.put('a', { version: 2, name: 'two' });
    table.put('a', { version: 1, name: 'one' });
    table.delete('nobody');
    table.delete('a');
    stop();
    table.put('a', { version: 3, name: 'three' });
    expect(told).toEqual([
      ['a', 'two'],
      ['a', undefined],
    ]);
  });

  it('becomes what another has read, and tells only of what differs, when all of it is in', () => {
    const table = new InMemoryTable<Row>();
    table.put('same', { version: 1, name: 'same' });
    table.put('changed', { version: 1, name: 'old' });
    table.put('gone', { version: 9, name: 'its tombstone was compacted away' });
    const same = table.get('same');
    const told: [string, string | undefined][] = [];
    const sizes = new Set<number>();
    table.onChange((id, row) => {
      told.push([id, row?.name]);
      sizes.add(table.all().length);
    });
    const read = new InMemoryTable<Row>();
    read.put('same', { version: 1, name: 'same' });
    read.put('removed', { version: 1, name: 'there for a moment' });
    read.put('changed', { version: 2, name: 'new' });
    read.delete('removed');
    read.put('added', { version: 1, name: 'added' });
    table.become(read);
    expect(told).toEqual([
      ['changed', 'new'],
      ['gone', undefined],
      ['added', 'added'],
    ]);
    expect([...sizes]).toEqual([3]);
    // What is made of a row, and kept by the object, stays good.
    expect(table.get('same')).toBe(same);
  });

  it('is ready when it is said to be', async () => {
    const table = new InMemoryTable<Row>();
    expect(table.isReady()).toBe(false);
    table.markReady();
    await table.ready;
    expect(table.isReady()).toBe(true);
  });
});
