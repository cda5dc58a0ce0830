export interface Due<T> {
  readonly dueAt: number;
  readonly turn: number;
  readonly what: T;
}

/** Earliest due first, and among equals the one that came first. A binary heap: thousands of users wait at once. */
export class DueHeap<T> {
  private readonly entries: Due<T>[] = [];

  get first(): Due<T> | undefined {
    return this.entries[0];
  }

  push(entry: Due<T>): void {
    const { entries } = this;
    let at = entries.length;
    entries.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = entries[above];
      if (!parent || !isBefore(entry, parent)) break;
      entries[at] = parent;
      at = above;
    }
    entries[at] = entry;
  }

  pop(): Due<T> | undefined {
    const { entries } = this;
    const [first] = entries;
    const last = entries.pop();
    if (first && last && first !== last) this.sink(last);
    return first;
  }

  private sink(entry: Due<T>): void {
    const { entries } = this;
    let at = 0;
    for (;;) {
      const left = entries[2 * at + 1];
      const right = entries[2 * at + 2];
      const smaller = left && right && isBefore(right, left) ? right : left;
      if (!smaller || !isBefore(smaller, entry)) break;
      entries[at] = smaller;
      at = 2 * at + (smaller === left ? 1 : 2);
    }
    entries[at] = entry;
  }
}

function isBefore(one: Due<unknown>, other: Due<unknown>): boolean {
  return one.dueAt < other.dueAt || (one.dueAt === other.dueAt && one.turn < other.turn);
}
