import type { Clock } from '@clickjoin/contracts';

/** Injection token: `constructor(@Inject(CLOCK) private readonly clock: Clock)`. */
export const CLOCK = Symbol('Clock');

export const SYSTEM_CLOCK: Clock = { now: () => Date.now() };
