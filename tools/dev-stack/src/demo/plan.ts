import { Chance } from './random';

export type ChannelKind = 'private' | 'public';

/** What somebody who comes from the ad is going to do. */
export interface VisitorPlan {
  readonly number: number;
  /** When they tap the ad, after the first of all. */
  readonly atMs: number;
  readonly channel: ChannelKind;
  /** TikTok does not add one for everybody. */
  readonly ttclid: string | undefined;
  readonly ip: string;
  /** Taps the link a second time before joining, as impatient people do. */
  readonly tapsTwice: boolean;
  /** `directly`: finds the public channel by its name, without the link. */
  readonly joins: 'by-link' | 'directly' | 'never';
  readonly joinDelayMs: number;
}

/** Somebody who joins without having seen an ad. */
export interface OrganicPlan {
  readonly atMs: number;
  readonly channel: ChannelKind;
  readonly via: 'direct' | 'added-by-admin' | 'folder';
}

export interface Plan {
  readonly visitors: readonly VisitorPlan[];
  readonly organic: readonly OrganicPlan[];
  /** When a messenger fetches the link for a preview. */
  readonly previewsAtMs: readonly number[];
}

const SHARE = {
  publicChannel: 0.3,
  withoutTtclid: 0.08,
  tapsTwice: 0.06,
  neverJoins: 0.15,
  directWhenPublic: 0.35,
  organic: 0.08,
  previews: 0.04,
};

export function planDemo(visitors: number, ratePerSecond: number, seed: number): Plan {
  const chance = new Chance(seed);
  const lengthMs = (visitors / ratePerSecond) * 1_000;
  return {
    visitors: Array.from({ length: visitors }, (_, index) =>
      planVisitor(index + 1, (index / ratePerSecond) * 1_000, chance),
    ),
    organic: Array.from({ length: Math.ceil(visitors * SHARE.organic) }, (_, index) =>
      planOrganic(index, chance.between(0, lengthMs), chance),
    ),
    previewsAtMs: Array.from({ length: Math.ceil(visitors * SHARE.previews) }, () =>
      chance.between(0, lengthMs),
    ),
  };
}

function planVisitor(number: number, atMs: number, chance: Chance): VisitorPlan {
  const channel = chance.is(SHARE.publicChannel) ? 'public' : 'private';
  const joins = chance.is(SHARE.neverJoins)
    ? 'never'
    : channel === 'public' && chance.is(SHARE.directWhenPublic)
      ? 'directly'
      : 'by-link';
  return {
    number,
    atMs,
    channel,
    ttclid: chance.is(SHARE.withoutTtclid) ? undefined : `E.C.P.${chance.text(64)}`,
    // One each: it tells visitors apart. Public, since TikTok is told no other kind, and of a network that
    // is not on the internet.
    ip: `11.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`,
    tapsTwice: chance.is(SHARE.tapsTwice),
    joins,
    joinDelayMs: chance.between(150, 2_500),
  };
}

function planOrganic(index: number, atMs: number, chance: Chance): OrganicPlan {
  const via = (['direct', 'added-by-admin', 'folder'] as const)[index % 3] ?? 'direct';
  const channel = via === 'direct' || chance.is(0.5) ? 'public' : 'private';
  return { atMs, channel, via };
}
