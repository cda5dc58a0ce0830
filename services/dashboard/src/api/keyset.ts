import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Conditions } from './conditions';
import { decodeCursor, pageOf, type Page, type Position } from './cursor';

/** A list that is read newest first, and by its key alone. */
export interface KeysetTable {
  readonly table: string;
  /** The column by which it is ordered, and the one that makes the order total. */
  readonly at: string;
  readonly id: string;
  /** The `SELECT` list and joins of a page's rows; the table goes by the name `t`, and must give `id` and `at`. */
  readonly columns: string;
  readonly joins?: string;
}

/**
 * A part of the list that one index gives in order. Several are merged: an `OR` over them would have Postgres read
 * the whole table in order until enough rows happen to match.
 */
export interface Branch {
  readonly where: (conditions: Conditions) => Conditions;
  /** The part is itself one for each of these values of the column. */
  readonly each?: { readonly column: string; readonly type: string; readonly values: readonly string[] };
}

export interface PageRequest {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

const ROWS_AT_ONCE = 1_000;

/** Reads lists page by page: keys by index first, then the rows of these keys. */
@Injectable()
export class KeysetReader {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws Problem 400 for a cursor of another list. */
  async page<R extends Position>(
    list: KeysetTable,
    branches: readonly Branch[],
    { cursor, limit }: PageRequest,
  ): Promise<Page<R>> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    return pageOf(await this.rows<R>(list, branches, after, limit + 1), limit);
  }

  /** The whole list, some rows at a time: no long transaction, and no more than these in memory. */
  async *all<R extends Position>(
    list: KeysetTable,
    branches: readonly Branch[],
  ): AsyncGenerator<readonly R[]> {
    for (let after: Position | undefined; ;) {
      const rows = await this.rows<R>(list, branches, after, ROWS_AT_ONCE);
      if (rows.length > 0) yield rows;
      after = rows.at(-1);
      if (rows.length < ROWS_AT_ONCE) return;
    }
  }

  /** Public for the test that looks at the plans. */
  statement(
    list: KeysetTable,
    branches: readonly Branch[],
    after: Position | undefined,
    count: number,
  ): { readonly sql: string; readonly parameters: unknown[] } {
    const { table, at, id, columns, joins = '' } = list;
    const parameters: unknown[] = [];
    const keys = branches.map(({ where, each }) => {
      const conditions = where(new Conditions(parameters));
      if (each !== undefined) conditions.raw(`${each.column} = each.value`);
      if (after !== undefined)
        conditions.raw(`(${at}, ${id}) < (${conditions.bind(after.at)}, ${conditions.bind(after.id)})`);
      const part = `SELECT ${at} AS at, ${id} AS id FROM ${table} ${conditions.where()}
                     ORDER BY ${at} DESC, ${id} DESC LIMIT ${conditions.bind(count)}`;
      if (each === undefined) return `(${part})`;
      return `(SELECT part.* FROM unnest(${conditions.bind(each.values)}::${each.type}[]) AS each (value)
                CROSS JOIN LATERAL (${part}) AS part)`;
    });
    parameters.push(count);
    const sql = `WITH keys AS MATERIALIZED (
        SELECT at, id FROM (${keys.join(' UNION ALL ')}) AS found
         ORDER BY at DESC, id DESC LIMIT $${parameters.length})
      SELECT ${columns} FROM keys JOIN ${table} t ON t.${id} = keys.id ${joins}
       ORDER BY keys.at DESC, keys.id DESC`;
    return { sql, parameters };
  }

  private rows<R extends Position>(
    list: KeysetTable,
    branches: readonly Branch[],
    after: Position | undefined,
    count: number,
  ): Promise<readonly R[]> {
    if (branches.length === 0) return Promise.resolve([]);
    const { sql, parameters } = this.statement(list, branches, after, count);
    return this.dataSource.query(sql, parameters);
  }
}
