import { joinIdOf, linkKeyOf } from '@clickjoin/contracts';
import type { JoinResult, NewJoin } from '@clickjoin/sandbox';
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../infra/cannot-start';
import { UnexpectedAnswer } from './http';
import type { Journal, JoinRecord, VisitorRecord } from './journal';
import type { ChannelKind, OrganicPlan, Plan, VisitorPlan } from './plan';
import { type SandboxControl } from './sandbox-control';
import { type DemoSetUp } from './set-up';

export interface VisitorTools {
  readonly clickServiceUrl: string;
  readonly sandbox: SandboxControl;
  readonly setUp: DemoSetUp;
}

/** What has happened so far, for the progress line. */
export interface VisitorCounts {
  clicks: number;
  joins: number;
}

const PATIENCE_MS = 60_000;
const TAP_TIMEOUT_MS = 10_000;
const BROWSER =
  'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0 Mobile Safari/537.36 trill_350402 BytedanceWebview/d8a21c6';

/** Lets everybody of the plan come, each at their time, and tells what they did. */
export async function sendVisitors(plan: Plan, tools: VisitorTools, counts: VisitorCounts): Promise<Journal> {
  const refusedJoins: string[] = [];
  const startedAt = Date.now();
  const at = (atMs: number): Promise<void> => pause(Math.max(0, startedAt + atMs - Date.now()));
  const join = (request: NewJoin, channel: ChannelKind): Promise<JoinRecord | undefined> =>
    joinChannel(request, channel, { tools, counts, refusedJoins });

  const [visitors, organic] = await Promise.all([
    Promise.all(
      plan.visitors.map(async (visitor) => {
        await at(visitor.atMs);
        return visit(visitor, tools, counts, join);
      }),
    ),
    Promise.all(
      plan.organic.map(async (person: OrganicPlan) => {
        await at(person.atMs);
        const { chatId } = tools.setUp.channels[person.channel];
        return join({ chatId, via: person.via }, person.channel);
      }),
    ),
    Promise.all(
      plan.previewsAtMs.map(async (atMs) => {
        await at(atMs);
        await preview(tools);
      }),
    ),
  ]);
  return { visitors, organicJoins: organic.filter((one) => one !== undefined), refusedJoins };
}

async function visit(
  plan: VisitorPlan,
  tools: VisitorTools,
  counts: VisitorCounts,
  join: (request: NewJoin, channel: ChannelKind) => Promise<JoinRecord | undefined>,
): Promise<VisitorRecord> {
  const { number, channel, ttclid } = plan;
  const taps = [await tap(plan, tools)];
  counts.clicks++;
  if (plan.tapsTwice) taps.push(await tap(plan, tools));
  const addresses = taps.flatMap(({ address }) => (address === undefined ? [] : [address]));
  const lostAnswers = taps.reduce((sum, { lost }) => sum + lost, 0);
  const failure = taps.find((one) => one.failure !== undefined)?.failure;
  const seen = { number, channel, ttclid, addresses, lostAnswers, failure };
  const address = addresses.at(-1);
  if (plan.joins === 'never' || address === undefined) return { ...seen, join: undefined };

  await pause(plan.joinDelayMs);
  const { chatId } = tools.setUp.channels[channel];
  const isLink = plan.joins === 'by-link' && linkKeyOf(address) !== undefined;
  const request: NewJoin = isLink ? { via: 'link', inviteLink: address } : { chatId, via: 'direct' };
  return { ...seen, join: await join(request, channel) };
}

interface Tap {
  readonly address: string | undefined;
  /** Tries that were not answered. */
  readonly lost: number;
  readonly failure: string | undefined;
}

/** Opens the tracked link; who gets no answer tries again, as people do, until they lose patience. */
async function tap(plan: VisitorPlan, { clickServiceUrl, setUp }: VisitorTools): Promise<Tap> {
  const url = new URL(`/c/${setUp.channels[plan.channel].slug}`, clickServiceUrl);
  if (plan.ttclid !== undefined) url.searchParams.set('ttclid', plan.ttclid);
  url.searchParams.set('utm_campaign', `demo-${plan.number % 3}`);
  const deadline = Date.now() + PATIENCE_MS;
  for (let lost = 0; ;) {
    let why: string;
    try {
      const response = await fetch(url, {
        redirect: 'manual',
        headers: { 'user-agent': BROWSER, 'x-forwarded-for': plan.ip },
        signal: AbortSignal.timeout(TAP_TIMEOUT_MS),
      });
      await response.arrayBuffer();
      const address = response.headers.get('location');
      if (response.status === 302 && address !== null) return { address, lost, failure: undefined };
      why = `answered ${response.status}`;
      // It said no, so nothing was kept; a page that is not there will not come.
      if (response.status === 404) return { address: undefined, lost, failure: why };
    } catch (error) {
      why = messageOf(error);
      lost++;
    }
    if (Date.now() > deadline) return { address: undefined, lost, failure: why };
    await pause(500);
  }
}

interface JoinTools {
  readonly tools: VisitorTools;
  readonly counts: VisitorCounts;
  readonly refusedJoins: string[];
}

async function joinChannel(
  request: NewJoin,
  channel: ChannelKind,
  { tools, counts, refusedJoins }: JoinTools,
): Promise<JoinRecord | undefined> {
  let joined: JoinResult;
  try {
    joined = await tools.sandbox.join(request);
  } catch (error) {
    if (!(error instanceof UnexpectedAnswer)) throw error;
    refusedJoins.push(error.message);
    return undefined;
  }
  counts.joins++;
  const { userId, chatId, date, joinedAt, inviteLinkInUpdate } = joined;
  return {
    joinId: joinIdOf(String(chatId), String(userId), date),
    telegramUserId: String(userId),
    channel,
    via: request.via,
    linkKeyInUpdate: inviteLinkInUpdate ? linkKeyOf(request.inviteLink ?? '') : undefined,
    joinedAt,
  };
}

/** A messenger that draws a preview of the link: no visitor, so it must not become a click. */
async function preview({ clickServiceUrl, setUp }: VisitorTools): Promise<void> {
  const url = new URL(`/c/${setUp.channels.private.slug}`, clickServiceUrl);
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { 'user-agent': 'TelegramBot (like TwitterBot)' },
      signal: AbortSignal.timeout(TAP_TIMEOUT_MS),
    });
    await response.arrayBuffer();
  } catch {
    // A preview that finds nobody is not drawn; nothing is owed to it.
  }
}
