/** The first record of each id. */
export function unique<T>(records: readonly T[], idOf: (record: T) => string): Map<string, T> {
  const byId = new Map<string, T>();
  for (const record of records) if (!byId.has(idOf(record))) byId.set(idOf(record), record);
  return byId;
}

/** How many there are of each key. */
export function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
