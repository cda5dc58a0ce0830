/** Time comes in through this, so that every rule about time can be tested at the millisecond. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
}
