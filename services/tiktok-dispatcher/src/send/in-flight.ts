import type { PixelSlots } from './claim.store';

/** Who sends how much at the moment: bounds for the process and for each pixel. */
export class InFlight {
  private readonly byPixel = new Map<string, number>();
  private count = 0;
  private firstPixel = 0;

  constructor(
    private readonly max: number,
    private readonly maxPerPixel: number,
  ) {}

  get total(): number {
    return this.count;
  }

  get free(): number {
    return this.max - this.count;
  }

  begin(pixelId: string): void {
    this.count++;
    this.byPixel.set(pixelId, (this.byPixel.get(pixelId) ?? 0) + 1);
  }

  end(pixelId: string): void {
    this.count--;
    const left = (this.byPixel.get(pixelId) ?? 0) - 1;
    if (left > 0) this.byPixel.set(pixelId, left);
    else this.byPixel.delete(pixelId);
  }

  /** The pixels that may begin something, another one first each time, so that none is always last. */
  slotsFor(pixelIds: readonly string[]): PixelSlots[] {
    const open = pixelIds
      .map((pixelId) => ({ pixelId, slots: this.maxPerPixel - (this.byPixel.get(pixelId) ?? 0) }))
      .filter(({ slots }) => slots > 0);
    const first = open.length === 0 ? 0 : this.firstPixel++ % open.length;
    return [...open.slice(first), ...open.slice(0, first)];
  }
}
