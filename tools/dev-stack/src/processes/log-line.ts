const LEVELS: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};
/** Fields that every line has and that say nothing beside the prefix. */
const PLUMBING = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'name', 'service', 'v', 'err']);
const NAME_WIDTH = 19;
const RED = '\u001b[31m';
const YELLOW = '\u001b[33m';
const DIM = '\u001b[2m';
const RESET = '\u001b[0m';

export interface LogLineStyle {
  readonly colour: boolean;
}

/** A process's line of JSON (or of anything) as a person reads it: `12:30:59 click-service  INFO  ready port=4001`. */
export function readableLogLine(name: string, line: string, { colour }: LogLineStyle): string {
  const record = parseRecord(line);
  const level = LEVELS[numberOf(record?.level)] ?? 'INFO';
  const at = new Date(numberOf(record?.time) || Date.now());
  const text = record ? describe(record) : line;
  const head = `${clockTime(at)} ${name.padEnd(NAME_WIDTH)}`;
  const body = `${level.padEnd(5)} ${text}`;
  if (!colour) return `${head} ${body}`;
  const tint = level === 'ERROR' || level === 'FATAL' ? RED : level === 'WARN' ? YELLOW : '';
  return `${DIM}${head}${RESET} ${tint}${body}${tint ? RESET : ''}`;
}

/** pino's number for the line's level; information (30) where it has none. */
export function levelOf(line: string): number {
  return numberOf(parseRecord(line)?.level) || 30;
}

function parseRecord(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function describe(record: Record<string, unknown>): string {
  const fields = Object.entries(record)
    .filter(([key, value]) => !PLUMBING.has(key) && value !== undefined)
    .map(
      ([key, value]) => `${key}=${typeof value === 'string' ? quoteIfNeeded(value) : JSON.stringify(value)}`,
    );
  const message = typeof record.msg === 'string' ? record.msg : '';
  return [message, ...fields, ...errorLines(record.err)].filter((part) => part !== '').join(' ');
}

function errorLines(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return [];
  const { message, stack } = error as { message?: unknown; stack?: unknown };
  const text = typeof stack === 'string' ? stack : typeof message === 'string' ? message : '';
  return text === '' ? [] : [`\n    ${text.replaceAll('\n', '\n    ')}`];
}

function quoteIfNeeded(value: string): string {
  return /[\s"=]/.test(value) ? JSON.stringify(value) : value;
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function clockTime(at: Date): string {
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
