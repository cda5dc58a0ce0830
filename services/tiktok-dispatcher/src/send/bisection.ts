import type { Verdict } from '@clickjoin/contracts';

/**
 * A part of a refused batch, about to be sent by itself to find out which of its events TikTok doesn't take.
 * `sibling` is the other part, which waits: if this one is accepted, the fault is in the sibling, and sending that as
 * a whole would only be refused once more.
 */
export interface Probe {
  readonly ids: readonly string[];
  readonly sibling: readonly string[];
}

/**
 * What to send next. Pure. The smaller part goes first, and a part that must hold the fault is divided without being
 * sent: so the requests after the refused one are at most 2·k·log2(n) for k bad events among n.
 * @param ids what was in the request that has been answered
 * @param sibling what waits for that answer
 */
export function nextProbes(
  ids: readonly string[],
  sibling: readonly string[],
  verdict: Verdict,
): readonly Probe[] {
  const isRefused = verdict === 'rejected' && ids.length > 1;
  // Anything but an acceptance leaves open where the fault is, or whether there are more.
  const others = verdict === 'accepted' ? divide(sibling) : whole(sibling);
  return [...(isRefused ? divide(ids) : []), ...others];
}

const whole = (ids: readonly string[]): readonly Probe[] => (ids.length === 0 ? [] : [{ ids, sibling: [] }]);

function divide(ids: readonly string[]): readonly Probe[] {
  if (ids.length < 2) return whole(ids);
  const middle = Math.floor(ids.length / 2);
  return [{ ids: ids.slice(0, middle), sibling: ids.slice(middle) }];
}
