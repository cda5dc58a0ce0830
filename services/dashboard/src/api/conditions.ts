/** The conditions of a WHERE, with their parameters: filters that are not given leave no trace. */
export class Conditions {
  readonly parameters: unknown[] = [];
  private readonly parts: string[] = [];

  /** @param sql with `?` for the value, each time it is needed. */
  add(sql: string, value: unknown): this {
    if (value === undefined) return this;
    this.parts.push(sql.replaceAll('?', this.bind(value)));
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
