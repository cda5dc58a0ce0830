import { createHash } from 'node:crypto';

/**
 * Repeatable chance: the same seed draws the same faults. Numbers are the bytes of SHA-256 over seed and counter,
 * which is slow for a simulation and plenty for one draw a request.
 *
 * Only faults are drawn from it. Link codes and update ids stay truly random: a sandbox restarted with the same
 * seed beside a database that was kept would otherwise hand out links that were converted long ago.
 */
export class Random {
  private block = Buffer.alloc(0);
  private position = 0;
  private counter = 0;

  constructor(private readonly seed: string) {}

  /** A number in [0, 1). */
  next(): number {
    if (this.position + 4 > this.block.length) {
      this.block = createHash('sha256').update(`${this.seed}/${this.counter++}`).digest();
      this.position = 0;
    }
    const word = this.block.readUInt32BE(this.position);
    this.position += 4;
    return word / 0x1_0000_0000;
  }

  /** True for about `share` of the calls; a share of 0 or 1 draws nothing, so it leaves the sequence as it is. */
  chance(share: number): boolean {
    if (share <= 0) return false;
    if (share >= 1) return true;
    return this.next() < share;
  }

  /** An independent sequence, so that more requests to one stand-in never change the faults of the other. */
  fork(name: string): Random {
    return new Random(`${this.seed}:${name}`);
  }
}
