/** A wait that can be cut short. At most one waits at a time. */
export class WakeUp {
  private isAwake = false;
  private end: () => void = () => undefined;

  /** Ends the wait that is on, or else the next one at once: no call is lost. */
  now(): void {
    this.isAwake = true;
    this.end();
  }

  /** Holds no process open by itself. */
  async within(ms: number): Promise<void> {
    if (!this.isAwake) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms).unref();
        this.end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.isAwake = false;
  }
}
