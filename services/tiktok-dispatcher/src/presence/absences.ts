/** So long, and without a break, an instance must have been missing before its deliveries are taken over. */
export const ABSENT_AFTER_MS = 10_000;

/** Since when others have been missing. */
export class Absences {
  private since = new Map<number, number>();

  get areAny(): boolean {
    return this.since.size > 0;
  }

  /**
   * @param missing all that are missing now
   * @param now milliseconds of a monotonic clock
   * @returns those that have been so for long enough to be gone
   */
  of(missing: readonly number[], now: number): number[] {
    this.since = new Map(missing.map((instance) => [instance, this.since.get(instance) ?? now]));
    return missing.filter((instance) => now - (this.since.get(instance) ?? now) >= ABSENT_AFTER_MS);
  }
}
