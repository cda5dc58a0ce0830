/** A number in [0, 1), as `Math.random` gives: for pauses that must not end together. Not for secrets. */
export type Random = () => number;

/** Injection token: `constructor(@Inject(RANDOM) private readonly random: Random)`. */
export const RANDOM = Symbol('Random');
