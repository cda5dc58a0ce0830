/**
 * The most requests in any window of this length of which it is certain that they came within it.
 * @param arrivals each came between the two times, which both rise
 */
export function mostWithin(
  arrivals: readonly (readonly [from: number, to: number])[],
  windowMs: number,
): number {
  let most = 0;
  let first = 0;
  for (const [last, [, to]] of arrivals.entries()) {
    while (to - (arrivals[first]?.[0] ?? to) >= windowMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
