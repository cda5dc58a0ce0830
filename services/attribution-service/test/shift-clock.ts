/**
 * Puts this process's wall clock wrong, as a machine without NTP has it: `Date` is off, timers and `performance.now()`
 * run as before.
 */
export function shiftClock(offMs: number): void {
  if (offMs === 0) return;
  const RightDate = Date;
  class WrongDate extends RightDate {
    constructor(...given: [] | [number | string | Date]) {
      if (given.length === 0) super(WrongDate.now());
      else super(...given);
    }
    static override now(): number {
      return RightDate.now() + offMs;
    }
  }
  globalThis.Date = WrongDate as DateConstructor;
}
