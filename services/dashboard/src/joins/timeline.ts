import type { AttemptView, DeliveryView } from '../deliveries/delivery.dto';
import { DELIVERY_STATES_IN_WORDS } from '../deliveries/delivery-states';
import type { JoinRoute, LinkKind, Verdict } from '@clickjoin/contracts';
import type { JoinView, TimelineStepView } from './join.dto';

/** The click that a join came from, or that was considered, as far as it is kept here. */
export interface KnownClick {
  readonly clickId: string;
  readonly capturedAt: string;
  readonly linkKind: LinkKind;
  readonly hasTtclid: boolean;
}

export interface Story {
  readonly join: JoinView;
  readonly click: KnownClick | undefined;
  readonly earlierJoinAt: string | undefined;
  readonly deliveries: readonly DeliveryView[];
  /** As the attribution service has it, as long as it keeps the join. */
  readonly decidedAt: string | undefined;
}

type Step = Omit<TimelineStepView, 'deliveryId'> & { readonly deliveryId?: string };

const LINKS: Readonly<Record<LinkKind, string>> = {
  stock: 'The visitor was given an invite link that nobody else gets.',
  caller: 'The site’s server brought an invite link of its own for this visitor.',
  'bot-start': 'The visitor was sent to the bot by a link that carries the click.',
  fallback: 'No single-visitor link was in stock: the visitor was given the link that all share.',
  none: 'There was no invite link at all: the visitor went to the channel’s public address.',
};

const ROUTES: Readonly<Record<JoinRoute, string>> = {
  'invite-link': 'through an invite link',
  direct: 'without an invite link',
  'join-request': 'by a request that was approved',
  'folder-link': 'through a shared chat folder',
  'added-by-admin': 'added by an administrator',
};

const TONES: Readonly<Record<Verdict, TimelineStepView['tone']>> = {
  accepted: 'good',
  rejected: 'bad',
  throttled: 'neutral',
  failed: 'bad',
  unknown: 'bad',
  refused: 'bad',
};

/** What led to a join and what came of it, in order of time; what has no time of its own stands where it belongs. */
export function timelineOf(story: Story): TimelineStepView[] {
  const { join, click, earlierJoinAt } = story;
  const steps: Step[] = [
    ...clickSteps(join, click),
    ...(earlierJoinAt === undefined ? [] : [earlierStep(earlierJoinAt)]),
    joinStep(join),
    decisionStep(join),
    ...story.deliveries.flatMap(deliverySteps),
    ...(join.left === null ? [] : [leftStep(join.left)]),
  ];
  // Shown, not sorted by: a join has Telegram's clock, and no decision may stand before its join.
  const timeOf = (step: Step): string | null =>
    step.kind === 'decision' ? (story.decidedAt ?? null) : step.at;
  return inOrder(steps).map((step) => ({ ...step, at: timeOf(step), deliveryId: step.deliveryId ?? null }));
}

function clickSteps({ conversion }: JoinView, click: KnownClick | undefined): Step[] {
  const at = click?.capturedAt ?? conversion?.clickedAt;
  if (at === undefined) return [];
  const hasTtclid = click?.hasTtclid ?? conversion?.hasTtclid ?? false;
  const clicked: Step = {
    kind: 'click',
    at,
    title: conversion === null ? 'A click that did not count' : 'Ad click',
    explanation: hasTtclid
      ? 'The visitor came with TikTok’s click id (ttclid).'
      : 'The visitor came without TikTok’s click id (ttclid): TikTok can match by address and browser only.',
    tone: conversion !== null && hasTtclid ? 'good' : 'neutral',
  };
  if (click === undefined) return [clicked];
  const isOwn = click.linkKind !== 'fallback' && click.linkKind !== 'none';
  return [
    clicked,
    {
      kind: 'link',
      at,
      title: 'Link given',
      explanation: LINKS[click.linkKind],
      tone: isOwn ? 'good' : 'bad',
    },
  ];
}

const earlierStep = (at: string): Step => ({
  kind: 'earlier-join',
  at,
  title: 'Joined before',
  explanation: 'The person had joined this channel before.',
  tone: 'neutral',
});

const joinStep = ({ joinedAt, route, hasLink, hasOwnLink }: JoinView): Step => ({
  kind: 'join',
  at: joinedAt,
  title: 'Joined the channel',
  explanation:
    route === null
      ? 'The report of the join is still under way.'
      : `The person came in ${ROUTES[route]}. ${linkWords(hasLink, hasOwnLink)}`,
  tone: hasOwnLink === true ? 'good' : 'neutral',
});

function linkWords(hasLink: boolean | null, hasOwnLink: boolean | null): string {
  if (hasOwnLink === true) return 'Telegram named one of our links.';
  return hasLink === true ? 'Telegram named a link that is not ours.' : 'Telegram named no invite link.';
}

function decisionStep({ outcome, organic, conversion }: JoinView): Step {
  switch (outcome) {
    case 'attributed':
      return {
        kind: 'decision',
        at: null,
        title: 'Attributed to the click',
        explanation:
          conversion?.method === 'bot-start'
            ? 'The person had opened the bot through the link of this click.'
            : 'The link that the person used was given to this click and to no other.',
        tone: 'good',
      };
    case 'organic':
      return {
        kind: 'decision',
        at: null,
        title: organic === null ? 'Organic' : `Organic: ${organic.title}`,
        explanation: [organic?.explanation, organic?.advice]
          .filter((words) => typeof words === 'string')
          .join(' '),
        tone: 'neutral',
      };
    case 'waiting':
      return {
        kind: 'decision',
        at: null,
        title: 'Not decided yet',
        explanation: 'The click may still be under way: a join waits for it about a minute.',
        tone: 'neutral',
      };
    case 'erased':
      return {
        kind: 'decision',
        at: null,
        title: 'Never decided',
        explanation: 'The person was erased before the decision: nothing is known by which to decide it.',
        tone: 'neutral',
      };
  }
}

function deliverySteps({
  deliveryId,
  state,
  note,
  nextAttemptAt,
  updatedAt,
  attempts,
}: DeliveryView): Step[] {
  const { title, explanation } = DELIVERY_STATES_IN_WORDS[state];
  return [
    ...attempts.map((attempt) => attemptStep(deliveryId, attempt)),
    {
      kind: 'delivery',
      at: updatedAt,
      title: `Delivery: ${title.toLowerCase()}`,
      explanation: [
        note ?? explanation,
        ...(nextAttemptAt === null ? [] : [`Next attempt: ${nextAttemptAt}.`]),
      ].join(' '),
      tone: state === 'accepted' ? 'good' : BAD.has(state) ? 'bad' : 'neutral',
      deliveryId,
    },
  ];
}

const BAD: ReadonlySet<DeliveryView['state']> = new Set(['rejected', 'possibly-accepted', 'held', 'expired']);

const attemptStep = (deliveryId: string, { number, startedAt, verdict, explanation }: AttemptView): Step => ({
  kind: 'attempt',
  at: startedAt,
  title: `Attempt ${number}: ${verdict}`,
  explanation,
  tone: TONES[verdict],
  deliveryId,
});

const leftStep = ({ leftAt, kind }: NonNullable<JoinView['left']>): Step => ({
  kind: 'left',
  at: leftAt,
  title: kind === 'left' ? 'Left the channel' : 'Was removed from the channel',
  explanation: kind === 'left' ? 'The person went by themselves.' : 'An administrator removed the person.',
  tone: 'neutral',
});

/** By time; a step without one stays behind the one before it. Equal times keep the order of the story. */
function inOrder(steps: readonly Step[]): Step[] {
  let last = '';
  const placed = steps.map((step, index) => {
    last = step.at ?? last;
    return { step, time: Date.parse(last), index };
  });
  return placed
    .sort((one, other) => one.time - other.time || one.index - other.index)
    .map(({ step }) => step);
}
