import type { Clock } from '@clickjoin/contracts';
import { ownerKey, type LinkOwner, type StockLink } from './stock-link';

interface Shelf {
  readonly owner: LinkOwner;
  /** In the order in which they are given; those before `next` are gone. */
  links: readonly StockLink[];
  next: number;
  /** Links taken a second, smoothed. */
  rate: number;
  takenAt: number;
  handedOut: number;
}

export interface Held {
  readonly owner: LinkOwner;
  readonly links: readonly StockLink[];
}

/** Over how long the demand is smoothed. */
const SMOOTHING_MS = 15_000;

/**
 * The links that this instance has leased, in memory. A link leaves it once: to a visitor, or back to the stock at
 * shutdown. Taking is synchronous, so two visitors can't get one link however their requests interleave.
 */
export class LeasedLinks {
  private readonly shelves = new Map<string, Shelf>();
  private isOpen = true;

  /** @param windowMs a link must outlive the visitor's time to join */
  constructor(
    private readonly clock: Clock,
    private readonly windowMs: number,
  ) {}

  /** @returns undefined when there is none, or all are past their shelf life */
  take(owner: LinkOwner): StockLink | undefined {
    const shelf = this.shelfOf(owner);
    const now = this.clock.now();
    shelf.rate = this.rateOf(shelf, now) + 1_000 / SMOOTHING_MS;
    shelf.takenAt = now;
    // Not by `shift`, which moves the thousands behind it for each visitor.
    while (shelf.next < shelf.links.length) {
      const link = shelf.links[shelf.next++];
      if (link === undefined || link.expiresAt <= now + this.windowMs) continue;
      shelf.handedOut += 1;
      return link;
    }
    return undefined;
  }

  /** @returns false when this instance is closing: the links must go back. */
  add(owner: LinkOwner, links: readonly StockLink[]): boolean {
    if (!this.isOpen) return false;
    const shelf = this.shelfOf(owner);
    shelf.links = [...shelf.links.slice(shelf.next), ...links];
    shelf.next = 0;
    return true;
  }

  held(owner: LinkOwner): number {
    const shelf = this.shelves.get(ownerKey(owner));
    return shelf === undefined ? 0 : shelf.links.length - shelf.next;
  }

  handedOut(owner: LinkOwner): number {
    return this.shelves.get(ownerKey(owner))?.handedOut ?? 0;
  }

  /** Links asked for a second, lately; also those that could not be given. */
  demand(owner: LinkOwner): number {
    const shelf = this.shelves.get(ownerKey(owner));
    return shelf === undefined ? 0 : this.rateOf(shelf, this.clock.now());
  }

  /** Takes out what belongs to none of these owners any more. */
  removeAllBut(owners: readonly LinkOwner[]): Held[] {
    const kept = new Set(owners.map(ownerKey));
    return this.remove((shelf) => !kept.has(ownerKey(shelf.owner)));
  }

  /** Takes out everything and takes nothing in any more. */
  close(): Held[] {
    this.isOpen = false;
    return this.remove(() => true);
  }

  private remove(isGone: (shelf: Shelf) => boolean): Held[] {
    const gone = [...this.shelves.values()].filter(isGone);
    return gone.flatMap((shelf) => {
      const { owner } = shelf;
      const links = shelf.links.slice(shelf.next);
      shelf.links = [];
      shelf.next = 0;
      return links.length === 0 ? [] : [{ owner, links }];
    });
  }

  private rateOf({ rate, takenAt }: Shelf, now: number): number {
    return rate * Math.exp(-Math.max(0, now - takenAt) / SMOOTHING_MS);
  }

  private shelfOf(owner: LinkOwner): Shelf {
    const key = ownerKey(owner);
    let shelf = this.shelves.get(key);
    if (shelf === undefined) {
      shelf = { owner, links: [], next: 0, rate: 0, takenAt: this.clock.now(), handedOut: 0 };
      this.shelves.set(key, shelf);
    }
    return shelf;
  }
}
