import { deliveryIdOf, externalIdOf, linkKeyOf, tiktokEventIdOf } from '@clickjoin/contracts';
import type { SeenEvent } from '@clickjoin/sandbox';
import type { Accounts, Facts } from './accounts';
import { balance, type Check, difference } from './check';

export function deliveryChecks({ pixelIds }: Accounts, { conversions, deliveries }: Facts): Check[] {
  const due = [...conversions.keys()].flatMap((id) => pixelIds.map((pixelId) => deliveryIdOf(id, pixelId)));
  const open = [...deliveries.values()].filter(({ state }) => state !== 'accepted');
  return [
    difference('each conversion is delivered to each pixel', due, new Set(deliveries.keys())),
    balance('each delivery is accepted', 0, open.length, () =>
      open.map(({ deliveryId, state }) => `${deliveryId}: ${state}`),
    ),
  ];
}

export function tiktokChecks({ tiktok, journal }: Accounts, { conversions, joined }: Facts): Check[] {
  const { events } = tiktok;
  const due = [...conversions.keys()].map(tiktokEventIdOf);
  const notOnce = events.filter(({ accepted }) => accepted !== 1);
  const changed = events.filter(({ bodies }) => bodies !== 1);
  const joinById = new Map(joined.map((join) => [join.joinId, join]));
  const ttclidByKey = new Map(
    journal.visitors.flatMap(({ addresses, ttclid }) =>
      addresses.map((address) => [linkKeyOf(address), ttclid] as const),
    ),
  );
  const eventById = new Map(events.map((event) => [event.eventId, event]));
  const wrong = [...conversions.values()].filter(({ conversionId, joinId }) => {
    const join = joinById.get(joinId);
    const told = factsOf(eventById.get(tiktokEventIdOf(conversionId)));
    return (
      !join ||
      told.externalId !== externalIdOf(join.telegramUserId) ||
      told.ttclid !== ttclidByKey.get(join.linkKeyInUpdate)
    );
  });
  return [
    difference(
      'TikTok has each conversion and nothing else',
      due,
      new Set(events.map(({ eventId }) => eventId ?? 'without event_id')),
    ),
    balance('TikTok counted each conversion once', 0, notOnce.length, () =>
      notOnce.map(({ eventId, accepted }) => `${eventId ?? ''}: ${accepted} times`),
    ),
    balance('each retry repeated its body', 0, changed.length, () =>
      changed.map(({ eventId }) => eventId ?? ''),
    ),
    balance("TikTok was told the visitor's ttclid and the member's id", 0, wrong.length, () =>
      wrong.map(({ conversionId }) => conversionId),
    ),
  ];
}

/** Where both wire formats have them. */
function factsOf(event: SeenEvent | undefined): { ttclid: unknown; externalId: unknown } {
  interface Body {
    readonly context?: {
      readonly ad?: { readonly callback?: unknown };
      readonly user?: { readonly external_id?: unknown };
    };
    readonly user?: { readonly ttclid?: unknown; readonly external_id?: unknown };
  }
  const body = (event?.lastBody ?? {}) as Body;
  return {
    ttclid: body.context?.ad?.callback ?? body.user?.ttclid,
    externalId: body.context?.user?.external_id ?? body.user?.external_id,
  };
}
