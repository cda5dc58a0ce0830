import { nextProbes, type Probe } from './bisection';
import type { SettledRequest } from './settlements';

/** The parts of refused batches that this process has still to send, for each pixel. */
export class Probes {
  private readonly waiting = new Map<string, Probe[]>();

  pixelIds(): string[] {
    return [...this.waiting.keys()];
  }

  /** Takes out at most so many of a pixel's, the oldest first. */
  take(pixelId: string, count: number): readonly Probe[] {
    const all = this.waiting.get(pixelId) ?? [];
    this.keep(pixelId, all.slice(count));
    return all.slice(0, count);
  }

  putBack(pixelId: string, probe: Probe): void {
    this.keep(pixelId, [probe, ...(this.waiting.get(pixelId) ?? [])]);
  }

  /** Nothing of it was left to be sent: so it tells nothing of its sibling. */
  gone(pixelId: string, { sibling }: Probe): void {
    this.add(pixelId, nextProbes([], sibling, 'failed'));
  }

  /** A request was answered: what follows from it, if it held several events or was a part of such a one. */
  onSettled({ finished: { request }, judgement }: SettledRequest): void {
    const ids = request.deliveries.map(({ deliveryId }) => deliveryId);
    this.add(request.pixel.pixelId, nextProbes(ids, request.probe?.sibling ?? [], judgement.verdict));
  }

  private add(pixelId: string, probes: readonly Probe[]): void {
    if (probes.length > 0) this.keep(pixelId, [...(this.waiting.get(pixelId) ?? []), ...probes]);
  }

  private keep(pixelId: string, probes: Probe[]): void {
    if (probes.length === 0) this.waiting.delete(pixelId);
    else this.waiting.set(pixelId, probes);
  }
}
