import type { DeliveryState } from '@clickjoin/contracts';

export interface StateInWords {
  /** A few words, for a table's cell. */
  readonly title: string;
  readonly explanation: string;
}

export const DELIVERY_STATES_IN_WORDS: Readonly<Record<DeliveryState, StateInWords>> = {
  queued: { title: 'Queued', explanation: 'Waits for its turn; nothing was sent yet.' },
  sending: { title: 'Sending', explanation: 'Is being sent at the moment.' },
  accepted: { title: 'Accepted', explanation: 'TikTok took the event (code 0).' },
  rejected: {
    title: 'Rejected',
    explanation: 'TikTok will never take this event as it is. After a fix it can be replayed.',
  },
  retrying: { title: 'Retrying', explanation: 'Was not taken, and is sent again by itself.' },
  'possibly-accepted': {
    title: 'Possibly accepted',
    explanation:
      'No readable answer came, and TikTok may have taken the event. After 48 hours it forgets which events it knows, so sending again could count twice, and is refused.',
  },
  held: { title: 'Held', explanation: 'The pixel is paused; the event is sent when it goes on.' },
  expired: { title: 'Expired', explanation: 'Was not taken in time, and TikTok would no longer count it.' },
};
