/** The conditions of a WHERE, with their parameters: filters that are not given leave no trace. */
export class Conditions {
  private readonly parts: string[] = [];

  /** @param parameters of the whole statement: those of these conditions are put behind them. */
  constructor(readonly parameters: unknown[] = []) {}

  /** @param sql with `?` for the value, each time it is needed. */
  add(sql: string, value: unknown): this {
    if (value === undefined) return this;
    return this.raw(sql.replaceAll('?', this.bind(value)));
  }

  /** A condition without a value of its own. */
  raw(sql: string): this {
    this.parts.push(sql);
    return this;
  }

  /** A parameter outside the conditions. @returns its placeholder. */
  bind(value: unknown): string {
    return `$${this.parameters.push(value)}`;
  }

  where(): string {
    return this.parts.length === 0 ? '' : `WHERE ${this.parts.join(' AND ')}`;
  }
}
