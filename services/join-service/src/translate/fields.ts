/** The update is not what Telegram's documentation says; the message names the field, never its value. */
export class Malformed extends Error {}

/** 9999-12-31T23:59:59Z: beyond it an ISO 8601 time has another form. */
const LAST_UNIX_SECOND = 253_402_300_799;

/**
 * Reads an object of Telegram's. Only the fields that are asked for are looked at: the server sends more than the
 * documentation lists (reference/telegram-bot-api.md §1.1).
 */
export class Fields {
  private constructor(
    private readonly values: Readonly<Record<string, unknown>>,
    private readonly path: string,
  ) {}

  /** @throws Malformed */
  static of(value: unknown, path: string): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new Malformed(`${path} must be an object`);
    }
    return new Fields(value as Readonly<Record<string, unknown>>, path);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.values, name);
  }

  /** @throws Malformed */
  object(name: string): Fields {
    return Fields.of(this.value(name), this.at(name));
  }

  optionalObject(name: string): Fields | undefined {
    return this.has(name) ? this.object(name) : undefined;
  }

  /** @throws Malformed */
  text(name: string): string {
    const value = this.value(name);
    if (typeof value !== 'string') throw new Malformed(`${this.at(name)} must be a string`);
    return value;
  }

  /** Undefined for an empty one too: Telegram writes `""` for what it doesn't know. */
  optionalText(name: string): string | undefined {
    const value = this.has(name) ? this.text(name) : '';
    return value === '' ? undefined : value;
  }

  /** Flags that are not set are often left out. @throws Malformed */
  flag(name: string): boolean {
    const value = this.value(name) ?? false;
    if (typeof value !== 'boolean') throw new Malformed(`${this.at(name)} must be true or false`);
    return value;
  }

  /** @throws Malformed */
  integer(name: string): number {
    const value = this.value(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
      throw new Malformed(`${this.at(name)} must be an integer`);
    }
    return value;
  }

  /** At most 52 bits, so exact as a number (reference §6); decimal text, as in our contracts. @throws Malformed */
  id(name: string): string {
    const value = this.integer(name);
    if (value === 0) throw new Malformed(`${this.at(name)} must be an id`);
    return String(value);
  }

  /** Of a person or bot, which is never negative. @throws Malformed */
  userId(name: string): string {
    const id = this.id(name);
    if (id.startsWith('-')) throw new Malformed(`${this.at(name)} must be a user's id`);
    return id;
  }

  /** @throws Malformed */
  unixSeconds(name: string): number {
    const value = this.integer(name);
    if (value < 0 || value > LAST_UNIX_SECOND) {
      throw new Malformed(`${this.at(name)} must be Unix seconds`);
    }
    return value;
  }

  private value(name: string): unknown {
    return this.has(name) ? this.values[name] : undefined;
  }

  private at(name: string): string {
    return `${this.path}.${name}`;
  }
}
