import type { ChannelConfigured, PixelConfigured } from '@clickjoin/contracts';
import { buildEvent, type FrozenEvent, type RequestWarning } from '../build-request/build-event';
import { refusalToSend, type RetryRules } from '../retry-policy/retry-policy';
import type { DueDelivery } from './claim.store';
import type { UnsentEnd } from './start.store';

/** A due delivery that may be sent. */
export interface Sendable {
  readonly delivery: DueDelivery;
  readonly event: FrozenEvent;
  readonly sendsAlone: boolean;
  /** Whether the event is built here and now, to be frozen if it is sent. */
  readonly isNew: boolean;
  readonly warnings: readonly RequestWarning[];
}

export type StartDecision =
  | { readonly kind: 'end'; readonly end: UnsentEnd }
  /** Nobody has said what its channel reports. */
  | { readonly kind: 'await-channel' }
  | { readonly kind: 'send'; readonly sendable: Sendable };

/**
 * Whether a due delivery may still be sent, and as what. Pure.
 * @param channelOf the settings of now, for a delivery that was queued without any
 */
export function decideStart(
  delivery: DueDelivery,
  pixel: PixelConfigured,
  channelOf: (chatId: string) => ChannelConfigured | undefined,
  now: number,
  rules: RetryRules,
): StartDecision {
  const { deliveryId, content, sendsAlone } = delivery;
  const refusal = refusalToSend(delivery, now, rules);
  if (refusal !== undefined)
    return { kind: 'end', end: { deliveryId, state: refusal.state, note: refusal.note } };
  if (content.kind === 'frozen') {
    const { event } = content;
    return { kind: 'send', sendable: { delivery, event, sendsAlone, isNew: false, warnings: [] } };
  }
  const channel = content.channel ?? channelOf(content.conversion.chatId);
  if (channel === undefined) return { kind: 'await-channel' };
  const built = buildEvent(content.conversion, channel, pixel);
  if (!built.ok) return { kind: 'end', end: { deliveryId, state: 'rejected', note: built.explanation } };
  const { event, warnings } = built;
  return { kind: 'send', sendable: { delivery, event, sendsAlone, isNew: true, warnings } };
}
