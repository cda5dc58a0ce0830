import { isDeepStrictEqual } from 'node:util';

/** Undefined: the record was deleted. */
export type SettingsListener<T> = (id: string, value: T | undefined) => void;

/** The current records of one compacted topic, by key, in memory. */
export interface SettingsTable<T extends object = object> {
  get(id: string): T | undefined;
  all(): readonly T[];
  /** Called after each change; for what was in the topic at start, when all of that is in. @returns stops the calls */
  onChange(listener: SettingsListener<T>): () => void;
  /** Settles when all is in that was in the topic at start. */
  readonly ready: Promise<void>;
  isReady(): boolean;
}

/**
 * A record's place among those of its key: when it was configured, then its version. Time goes first, since versions
 * begin anew when the writer's database was lost and somebody enters the same bot again. Events without either
 * (channel detections) count in the order of the log.
 */
const isOlder = (one: object, other: object): boolean => {
  const [at, otherAt] = [configuredAtOf(one), configuredAtOf(other)];
  return at === otherAt ? versionOf(one) < versionOf(other) : at < otherAt;
};

const configuredAtOf = (event: object): number =>
  'configuredAt' in event && typeof event.configuredAt === 'string' ? Date.parse(event.configuredAt) : 0;

const versionOf = (event: object): number =>
  'version' in event && typeof event.version === 'number' ? event.version : 0;

/** A SettingsTable with the side that is written; by itself, a fake for tests. */
export class InMemoryTable<T extends object = object> implements SettingsTable<T> {
  readonly ready: Promise<void>;
  private values = new Map<string, T>();
  private readonly listeners = new Set<SettingsListener<T>>();
  private caughtUp = false;
  private settleReady: () => void = () => undefined;

  constructor() {
    this.ready = new Promise((resolve) => {
      this.settleReady = resolve;
    });
  }

  get(id: string): T | undefined {
    return this.values.get(id);
  }

  all(): readonly T[] {
    return [...this.values.values()];
  }

  onChange(listener: SettingsListener<T>): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  isReady(): boolean {
    return this.caughtUp;
  }

  /** @returns false for a record older than the one held: two writers, or a replay */
  put(id: string, value: T): boolean {
    const held = this.values.get(id);
    if (held !== undefined && isOlder(value, held)) return false;
    this.values.set(id, value);
    this.tell(id, value);
    return true;
  }

  delete(id: string): void {
    if (this.values.delete(id)) this.tell(id, undefined);
  }

  /** Takes over what another has read, and tells of what differs. Rows that don't differ stay the same objects. */
  become(other: InMemoryTable<T>): void {
    const before = this.values;
    this.values = new Map(
      [...other.values].map(([id, value]) => {
        const held = before.get(id);
        return [id, held !== undefined && isDeepStrictEqual(held, value) ? held : value];
      }),
    );
    // When all is in its place: listeners look at the whole table.
    const ids = new Set([...before.keys(), ...this.values.keys()]);
    for (const id of ids) {
      const value = this.values.get(id);
      if (value !== before.get(id)) this.tell(id, value);
    }
  }

  markReady(): void {
    this.caughtUp = true;
    this.settleReady();
  }

  private tell(id: string, value: T | undefined): void {
    for (const listener of this.listeners) listener(id, value);
  }
}
