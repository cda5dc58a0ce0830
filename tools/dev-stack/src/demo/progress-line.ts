import type { DemoProgress } from './run-demo';

const PLAIN_EVERY_MS = 5_000;

/** One line that is rewritten on a terminal, and now and then a new one elsewhere. */
export class ProgressLine {
  #shownAt = 0;
  #lastPhase = '';

  constructor(private readonly out: NodeJS.WriteStream) {}

  show(progress: DemoProgress): void {
    const text = progressText(progress);
    if (this.out.isTTY) {
      this.out.write(`\r\u001b[2K${text}`);
      return;
    }
    const now = Date.now();
    if (progress.phase === this.#lastPhase && now - this.#shownAt < PLAIN_EVERY_MS) return;
    this.#shownAt = now;
    this.#lastPhase = progress.phase;
    this.out.write(`${text}\n`);
  }

  end(): void {
    if (this.out.isTTY) this.out.write('\r\u001b[2K');
  }
}

export function progressText({ phase, visitors, clicks, joins, summary }: DemoProgress): string {
  if (phase === 'setting up') return 'setting up a site, a pixel and two channels';
  const organic = Object.values(summary?.organic ?? {}).reduce((sum, count) => sum + count, 0);
  return [
    phase.padEnd(17),
    `clicks ${clicks}/${visitors}`,
    `joins ${joins}`,
    `attributed ${summary?.attributed ?? 0}`,
    `organic ${organic}`,
    `accepted ${summary?.deliveries.accepted ?? 0}`,
  ].join('   ');
}
