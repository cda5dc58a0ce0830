import { setTimeout as pause } from 'node:timers/promises';
import { type DashboardClient, type Summary } from './dashboard-client';
import { type SandboxControl } from './sandbox-control';

export interface SettleOptions {
  readonly dashboard: DashboardClient;
  readonly sandbox: SandboxControl;
  readonly joins: number;
  readonly pixels: number;
  /** Gives up when nothing has moved for so long: what is missing then is missing for good. */
  readonly standstillMs: number;
  readonly onProgress?: (summary: Summary) => void;
}

/** States that a delivery does not leave by itself. */
const FINAL = new Set(['accepted', 'rejected', 'possibly-accepted', 'expired']);

/**
 * Waits until all that was set going has come to its end, as far as the dashboard can tell, and returns
 * its last word. Returns it also when things stand still before: the books say what is missing.
 */
export async function settle(options: SettleOptions): Promise<Summary> {
  let last: Summary | undefined;
  let lastText = '';
  let movedAt = Date.now();
  let quietAsks = 0;
  for (;;) {
    const summary = await summaryOf(options.dashboard);
    const text = JSON.stringify(summary);
    if (summary) last = summary;
    if (text !== lastText) movedAt = Date.now();
    quietAsks = text === lastText ? quietAsks + 1 : 0;
    lastText = text;
    if (summary) options.onProgress?.(summary);
    // Asked a few times more: what comes too much comes late.
    if (summary && quietAsks >= 3 && isDone(summary, options) && (await noUpdatesWait(options.sandbox)))
      return summary;
    if (Date.now() - movedAt > options.standstillMs) {
      if (last) return last;
      throw new Error('the dashboard does not answer');
    }
    await pause(300);
  }
}

/** Undefined while the dashboard is away: it may have been killed on purpose. */
async function summaryOf(dashboard: DashboardClient): Promise<Summary | undefined> {
  try {
    return await dashboard.summary();
  } catch {
    return undefined;
  }
}

function isDone({ joins, waiting, attributed, deliveries }: Summary, expected: SettleOptions): boolean {
  const final = Object.entries(deliveries).reduce((sum, [state, n]) => sum + (FINAL.has(state) ? n : 0), 0);
  return joins >= expected.joins && waiting === 0 && final >= attributed * expected.pixels;
}

async function noUpdatesWait(sandbox: SandboxControl): Promise<boolean> {
  return (await sandbox.telegram()).bots.every(({ queued }) => queued === 0);
}
