/** A value that cannot be used; `field` is its full path, so the caller knows what to mend. Control answers 400. */
export class InvalidInput extends Error {
  constructor(
    readonly field: string,
    problem: string,
  ) {
    super(`${field} ${problem}`);
    this.name = 'InvalidInput';
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface TextRule {
  readonly pattern?: RegExp;
  readonly says?: string;
}
interface IntegerRule {
  readonly min?: number;
  readonly max?: number;
}

/** Reads the fields of a JSON body one by one; unknown fields are refused, since they are mostly misspelt ones. */
export class Input {
  private readonly body: JsonObject;
  private readonly read = new Set<string>();

  constructor(
    body: unknown,
    private readonly prefix = '',
  ) {
    if (!isObject(body)) throw new InvalidInput(prefix === '' ? 'body' : prefix, 'must be a JSON object');
    this.body = body;
  }

  text(name: string, rule: TextRule = {}): string {
    const value = this.take(name);
    if (typeof value !== 'string' || value === '') throw this.wrong(name, 'must be a non-empty string');
    if (rule.pattern && !rule.pattern.test(value))
      throw this.wrong(name, rule.says ?? `must match ${rule.pattern.source}`);
    return value;
  }

  optionalText(name: string, rule: TextRule = {}): string | undefined {
    return this.has(name) ? this.text(name, rule) : undefined;
  }

  integer(
    name: string,
    { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER }: IntegerRule = {},
  ): number {
    const value = this.take(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value))
      throw this.wrong(name, 'must be an integer');
    if (value < min || value > max) throw this.wrong(name, `must lie in ${min}..${max}`);
    return value;
  }

  optionalInteger(name: string, rule: IntegerRule = {}): number | undefined {
    return this.has(name) ? this.integer(name, rule) : undefined;
  }

  flag(name: string, fallback: boolean): boolean {
    if (!this.has(name)) return fallback;
    const value = this.take(name);
    if (typeof value !== 'boolean') throw this.wrong(name, 'must be true or false');
    return value;
  }

  oneOf<T extends string>(name: string, choices: readonly T[]): T {
    const value = this.take(name);
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw this.wrong(name, `must be one of ${choices.join(', ')}`);
    return found;
  }

  /** Call last. */
  nothingElse(): void {
    const unknown = Object.keys(this.body).find((name) => !this.read.has(name));
    if (unknown !== undefined) throw this.wrong(unknown, 'is not a known field');
  }

  private has(name: string): boolean {
    this.read.add(name);
    return this.body[name] !== undefined && this.body[name] !== null;
  }

  private take(name: string): unknown {
    if (!this.has(name)) throw this.wrong(name, 'is missing');
    return this.body[name];
  }

  private wrong(name: string, problem: string): InvalidInput {
    return new InvalidInput(this.prefix === '' ? name : `${this.prefix}.${name}`, problem);
  }
}
