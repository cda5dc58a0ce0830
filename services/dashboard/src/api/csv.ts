import { Readable } from 'node:stream';

/** What this needs of Fastify's reply. */
export interface CsvReply {
  header(name: string, value: string): CsvReply;
  send(stream: Readable): unknown;
}

export type CsvValue = string | number | boolean | null;

export interface CsvColumn<T> {
  readonly name: string;
  readonly of: (item: T) => CsvValue;
}

/**
 * A cell as RFC 4180 has it. Spreadsheets run a text that begins like a formula, and titles are a stranger's: such a
 * text gets a leading apostrophe (OWASP, CSV Injection). Numbers of ours are left alone.
 */
export function csvCell(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[=+\-@\t\r\n]|^\s+[=+\-@]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csvLine = (cells: readonly CsvValue[]): string => `${cells.map(csvCell).join(',')}\r\n`;

async function* linesOf<T>(
  columns: readonly CsvColumn<T>[],
  pages: AsyncIterable<readonly T[]>,
): AsyncGenerator<string> {
  // The mark by which spreadsheets know that it is UTF-8.
  yield `\ufeff${csvLine(columns.map(({ name }) => name))}`;
  for await (const items of pages)
    yield items.map((item) => csvLine(columns.map((column) => column.of(item)))).join('');
}

/** Streams: the file may be larger than the memory, and the next rows are read when the client took the last ones. */
export function sendCsv<T>(
  reply: CsvReply,
  fileName: string,
  columns: readonly CsvColumn<T>[],
  pages: AsyncIterable<readonly T[]>,
): void {
  reply
    .header('content-type', 'text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${fileName}"`)
    .header('cache-control', 'no-store')
    .send(Readable.from(linesOf(columns, pages)));
}
