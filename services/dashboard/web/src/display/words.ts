import type { components } from '../api/schema';

type Schemas = components['schemas'];
export type DeliveryState = Schemas['DeliveryView']['state'];
export type Verdict = Schemas['AttemptView']['verdict'];
export type JoinOutcome = Schemas['JoinView']['outcome'];
export type OrganicReason = Schemas['WhyOrganicView']['reason'];
export type EventType = Schemas['ChannelView']['eventType'];
export type JoinRoute = NonNullable<Schemas['JoinView']['route']>;

/** Colour says how it is; the word beside it says what it is. */
export type Tone = 'good' | 'warn' | 'bad' | 'calm' | 'accent';

export interface Word {
  readonly label: string;
  readonly tone: Tone;
  readonly hint?: string;
}

export const DELIVERY_STATES: Readonly<Record<DeliveryState, Word>> = {
  queued: { label: 'Queued', tone: 'calm', hint: 'Waits for its first attempt.' },
  sending: { label: 'Sending', tone: 'accent', hint: 'Is on its way to TikTok.' },
  accepted: { label: 'Accepted', tone: 'good', hint: 'TikTok took it: code 0.' },
  rejected: {
    label: 'Rejected',
    tone: 'bad',
    hint: 'TikTok will not take it as it is. Fix the cause, then replay it.',
  },
  retrying: { label: 'Retrying', tone: 'warn', hint: 'Was not taken yet and is tried again by itself.' },
  'possibly-accepted': {
    label: 'Possibly accepted',
    tone: 'warn',
    hint: 'TikTok never answered readably, and after 48 h a repeat could count twice. It is not sent again.',
  },
  held: { label: 'Held', tone: 'warn', hint: 'Its pixel is paused. It goes out when the pixel resumes.' },
  expired: { label: 'Expired', tone: 'bad', hint: 'Too old to be of use to TikTok.' },
};

export const VERDICTS: Readonly<Record<Verdict, Word>> = {
  accepted: { label: 'Accepted', tone: 'good' },
  rejected: { label: 'Rejected', tone: 'bad' },
  throttled: { label: 'Throttled', tone: 'warn' },
  failed: { label: 'Failed', tone: 'warn' },
  unknown: { label: 'No readable answer', tone: 'warn' },
  refused: { label: 'Token or pixel refused', tone: 'bad' },
};

export const JOIN_OUTCOMES: Readonly<Record<JoinOutcome, Word>> = {
  attributed: { label: 'Attributed', tone: 'good', hint: 'Tied to an ad click, and reported to TikTok.' },
  organic: {
    label: 'Organic',
    tone: 'calm',
    hint: 'No ad click can be shown to have caused it. Never sent.',
  },
  waiting: { label: 'Deciding', tone: 'accent', hint: 'Waits a moment for its click.' },
  erased: { label: 'Erased', tone: 'calm', hint: 'The person was erased before it was decided.' },
};

export const ORGANIC_REASONS: Readonly<Record<OrganicReason, string>> = {
  'no-invite-link': 'No invite link',
  'public-direct-join': 'Joined the public channel directly',
  'link-not-ours': 'Link of someone else',
  'fallback-link': 'Shared fallback link',
  'click-outside-window': 'Click too long ago',
  'link-already-converted': 'Link was used before',
  'added-by-admin': 'Added by an administrator',
  'folder-link': 'Through a folder link',
  'no-click': 'No click found',
  rejoin: 'Was a member before',
};

export const JOIN_ROUTES: Readonly<Record<JoinRoute, string>> = {
  'invite-link': 'Invite link',
  direct: 'Direct',
  'join-request': 'Join request',
  'folder-link': 'Folder link',
  'added-by-admin': 'Added by an administrator',
};

/** What each is best for, the API says (`/v1/choices`). */
export const EVENT_TYPES: Readonly<Record<EventType, string>> = {
  Lead: 'Lead',
  Purchase: 'Purchase',
  CompleteRegistration: 'Complete registration',
  Subscribe: 'Subscribe',
  Custom: 'Custom event',
};

export type MatchLevel = Schemas['ConversionView']['matchLevel'];
export const MATCH_LEVELS: Readonly<Record<MatchLevel, Word>> = {
  high: { label: 'High', tone: 'good', hint: 'With TikTok’s own click id (ttclid).' },
  medium: { label: 'Medium', tone: 'warn', hint: 'Without ttclid: by address and browser.' },
  low: { label: 'Low', tone: 'bad', hint: 'By the hashed Telegram id alone.' },
};

export type MatchSignal = Schemas['ConversionView']['matchSignals'][number];
export const MATCH_SIGNALS: Readonly<Record<MatchSignal, string>> = {
  ttclid: 'ttclid',
  'ip-and-user-agent': 'address and browser',
  'external-id': 'hashed Telegram id',
  ttp: '_ttp cookie',
};

export type FindingState = Schemas['CheckView']['state'];
export const FINDING_STATES: Readonly<Record<FindingState, Word>> = {
  ok: { label: 'In order', tone: 'good' },
  waiting: { label: 'Not yet', tone: 'calm' },
  warning: { label: 'Look at it', tone: 'warn' },
  problem: { label: 'Problem', tone: 'bad' },
  unknown: { label: 'Not known', tone: 'calm' },
};
