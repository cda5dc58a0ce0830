import { levelOf, readableLogLine } from '../processes/log-line';

const ERROR = 50;

export interface ConsoleLogOptions {
  /** Everything; otherwise only what is an error. */
  readonly verbose: boolean;
}

/** Shows lines of processes on the terminal. */
export function consoleLog({ verbose }: ConsoleLogOptions): (source: string, line: string) => void {
  const colour = process.stdout.isTTY;
  return (source, line) => {
    if (line.trim() === '' || !(verbose || matters(source, line))) return;
    process.stdout.write(`${readableLogLine(source, line, { colour })}\n`);
  };
}

function matters(source: string, line: string): boolean {
  // The server reports its ordinary work, and what it answers to its clients, which those report themselves.
  if (source === 'postgres') return line.startsWith('PANIC:');
  // The broker's own lines begin with their level; those of its preparation do not.
  if (source === 'kafka') return !line.startsWith('WARN');
  if (!line.startsWith('{')) return true;
  // kafkajs reports as an error what it retries a moment later: a topic whose leader is being chosen.
  return levelOf(line) >= ERROR && !line.includes('"context":"kafkajs"');
}
