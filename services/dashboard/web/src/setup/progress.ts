import type { Check } from '../checklist/checklist-query';

export const STEPS = ['bot', 'channel', 'pixel', 'snippet', 'results'] as const;
export type Step = (typeof STEPS)[number];

interface Known {
  readonly hasBot: boolean;
  /** A channel is set up for this site. */
  readonly hasChannel: boolean;
  readonly hasPixel: boolean;
  /** TikTok took a test event in this session, which the checklist has not heard of until a real one was sent. */
  readonly isPixelTested: boolean;
  readonly checks: readonly Pick<Check, 'check' | 'state'>[];
}

/** Which steps are done, as far as the system itself can see it: nobody ticks anything off by hand. */
export function doneSteps({ hasBot, hasChannel, hasPixel, isPixelTested, checks }: Known): ReadonlySet<Step> {
  const isOk = (name: Check['check']): boolean =>
    checks.some(({ check, state }) => check === name && state === 'ok');
  const done = new Set<Step>();
  if (hasBot) done.add('bot');
  if (hasChannel) done.add('channel');
  // Before TikTok has taken an event, nobody knows whether code and token belong together.
  if (hasPixel && (isPixelTested || isOk('pixel-token'))) done.add('pixel');
  if (isOk('script-seen')) done.add('snippet');
  if (isOk('first-accepted')) done.add('results');
  return done;
}

/** Where to go on: the first that is open. */
export const nextStep = (done: ReadonlySet<Step>): Step | undefined => STEPS.find((step) => !done.has(step));
