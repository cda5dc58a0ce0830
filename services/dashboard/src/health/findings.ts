import type { BotWithCheck } from '../bots/bots.service';
import { botProblemInWords } from '../bots/bot-problems';
import type { ChannelFacts } from '../channels/channel.dto';
import type { ChannelStockView } from '../link-stock/link-stock.dto';
import type { PixelWithState } from '../pixels/pixels.service';
import type { GroupLag } from './group-lag';
import type { FindingDetailView, FindingState, Finding } from './finding.dto';

/** The worst first: what is wrong anywhere is what the whole is. */
const BY_SEVERITY: readonly FindingState[] = ['problem', 'warning', 'unknown', 'waiting', 'ok'];

export const worstOf = (states: readonly FindingState[]): FindingState =>
  BY_SEVERITY.find((state) => states.includes(state)) ?? 'waiting';

const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** Whether the updates of the bots come in. @param now in ms */
export function webhookFinding(bots: readonly BotWithCheck[], now: number): Finding {
  const details = bots.map((bot) => botDetail(bot, now));
  const state = details.length === 0 ? 'waiting' : worstOf(details.map((detail) => detail.state));
  const problem = bots.flatMap(({ check }) => check?.problems ?? [])[0];
  if (state === 'ok')
    return {
      state,
      title: 'Updates come in',
      explanation: `Telegram tells us of joins: ${plural(bots.length, 'bot')}.`,
      advice: null,
      details,
    };
  if (state === 'waiting')
    return bots.length === 0
      ? {
          state,
          title: 'No bot yet',
          explanation: 'A bot tells us who joins.',
          advice: 'Add a bot: its token comes from @BotFather.',
          details,
        }
      : {
          state,
          title: 'Being looked at',
          explanation: 'The bot was not looked at yet.',
          advice: 'It takes a minute. If it stays so, see whether the join-service runs.',
          details,
        };
  return {
    state,
    title: state === 'problem' ? 'Updates do not come in' : 'Updates need a look',
    explanation: details.find((detail) => detail.state === state)?.explanation ?? '',
    advice: problem === undefined ? 'See whether the join-service runs.' : botProblemInWords(problem).advice,
    details,
  };
}

/** A look that is older than this says nothing of now: the join-service reports every five minutes. */
const STALE_AFTER_MS = 15 * 60_000;

function botDetail({ bot, check }: BotWithCheck, now: number): FindingDetailView {
  const subject = { kind: 'bot', id: bot.botId, name: `@${bot.username}` } as const;
  if (check === undefined) return { ...subject, state: 'waiting', explanation: 'Was not looked at yet.' };
  const [problem] = check.problems;
  if (problem !== undefined) {
    const { explanation } = botProblemInWords(problem);
    const words = check.message === null ? '' : ` Telegram says: ${check.message}`;
    return {
      ...subject,
      state: problem === 'updates-pending' ? 'warning' : 'problem',
      explanation: `${explanation}${words}`,
    };
  }
  if (now - check.checkedAt.getTime() > STALE_AFTER_MS)
    return {
      ...subject,
      state: 'warning',
      explanation: `Was last looked at ${check.checkedAt.toISOString()}: the join-service may be down.`,
    };
  return {
    ...subject,
    state: 'ok',
    explanation: check.updatesBy === 'webhook' ? 'Updates come by webhook.' : 'Updates come by long polling.',
  };
}

/** Whether there are invite links for the next visitors. @param stock undefined: the click-service is away */
export function stockFinding(
  channels: readonly ChannelFacts[],
  stock: readonly ChannelStockView[] | undefined,
): Finding {
  if (channels.length === 0)
    return {
      state: 'waiting',
      title: 'No channel yet',
      explanation: 'Links are made for channels that are set up.',
      advice: 'Set a channel up.',
      details: [],
    };
  if (stock === undefined)
    return {
      state: 'unknown',
      title: 'Stock unknown',
      explanation: 'The click-service does not answer.',
      advice: 'See whether the click-service runs.',
      details: [],
    };
  const byChat = new Map(stock.map((each) => [each.chatId, each]));
  const details = channels.map((channel) => stockDetail(channel, byChat.get(channel.channel.chatId)));
  const state = worstOf(details.map((detail) => detail.state));
  const titles: Readonly<Record<FindingState, string>> = {
    ok: 'Links in stock',
    waiting: 'Links are being made',
    warning: 'Links run low',
    problem: 'No links',
    unknown: 'Stock unknown',
  };
  return {
    state,
    title: titles[state],
    explanation:
      state === 'ok'
        ? 'Each visitor gets an invite link of their own.'
        : (details.find((detail) => detail.state === state)?.explanation ?? ''),
    advice:
      state === 'ok' || state === 'waiting'
        ? null
        : 'Telegram limits how fast links are made; it goes on by itself. If it stays so, see that the bot is an administrator with the right to invite.',
    details,
  };
}

function stockDetail({ channel }: ChannelFacts, stock: ChannelStockView | undefined): FindingDetailView {
  const subject = { kind: 'channel', id: channel.chatId, name: channel.title } as const;
  if (channel.linkMode === 'bot-start-link' || stock?.state === 'not-needed')
    return { ...subject, state: 'ok', explanation: 'Needs none: visitors go by the bot.' };
  if (stock === undefined)
    return { ...subject, state: 'waiting', explanation: 'The click-service begins to make links.' };
  const amount = `${plural(stock.free, 'link')} in stock; more are made below ${stock.lowMark}.`;
  if (stock.state === 'failing') {
    const words = stock.failure === null ? '' : ` Telegram says: ${stock.failure.reason}`;
    return { ...subject, state: stock.free === 0 ? 'problem' : 'warning', explanation: `${amount}${words}` };
  }
  if (stock.free === 0)
    return {
      ...subject,
      state: 'warning',
      explanation: 'None in stock: visitors get the link that all share, and their joins can’t be told.',
    };
  return { ...subject, state: stock.state === 'low' ? 'waiting' : 'ok', explanation: amount };
}

/** Whether TikTok takes events. */
export function pixelFinding(pixels: readonly PixelWithState[]): Finding {
  const details = pixels.map(pixelDetail);
  const state = details.length === 0 ? 'waiting' : worstOf(details.map((detail) => detail.state));
  const first = details.find((detail) => detail.state === state);
  if (state === 'ok')
    return {
      state,
      title: 'TikTok takes events',
      explanation: 'Events are sent to every pixel.',
      advice: null,
      details,
    };
  if (state === 'waiting')
    return details.length === 0
      ? {
          state,
          title: 'No pixel yet',
          explanation: 'A pixel is where joins are reported to.',
          advice: 'Add the pixel: its code and access token come from TikTok Events Manager.',
          details,
        }
      : {
          state,
          title: 'Not tried yet',
          explanation: first?.explanation ?? '',
          advice: 'Send a test event: it checks the token at once.',
          details,
        };
  return {
    state,
    title: state === 'problem' ? 'TikTok refuses events' : 'A pixel is paused',
    explanation: first?.explanation ?? '',
    advice:
      state === 'problem'
        ? 'Enter a new access token, send a test event, then resume the pixel.'
        : 'Let the pixel go on when you are ready: what waits is then sent.',
    details,
  };
}

function pixelDetail({ pixel, state }: PixelWithState): FindingDetailView {
  const subject = { kind: 'pixel', id: pixel.pixelId, name: pixel.name } as const;
  if (state?.state === 'paused' && state.reason === 'refused')
    return {
      ...subject,
      state: 'problem',
      explanation: state.explanation ?? state.message ?? 'TikTok refused the token or the pixel.',
    };
  if (pixel.isPaused)
    return { ...subject, state: 'warning', explanation: 'Paused by hand: deliveries wait.' };
  if (state === undefined) return { ...subject, state: 'ok', explanation: 'Nothing speaks against it.' };
  return state.state === 'paused'
    ? { ...subject, state: 'warning', explanation: 'Deliveries wait; it goes on in a moment.' }
    : { ...subject, state: 'ok', explanation: 'Events are sent.' };
}

/** Whether the services keep up. @param lags undefined: Kafka does not answer */
export function lagFinding(lags: readonly GroupLag[] | undefined): Finding {
  if (lags === undefined)
    return {
      state: 'unknown',
      title: 'Lag unknown',
      explanation: 'Kafka does not answer.',
      advice: 'See whether Kafka runs. Clicks and joins that were taken are safe.',
      details: [],
    };
  const details = lags.map(lagDetail);
  const state = worstOf(details.map((detail) => detail.state));
  const titles: Readonly<Record<FindingState, string>> = {
    ok: 'Up to date',
    waiting: 'Catching up',
    warning: 'Falls behind',
    problem: 'A service stands still',
    unknown: 'Lag unknown',
  };
  return {
    state,
    title: titles[state],
    explanation: details.find((detail) => detail.state === state)?.explanation ?? '',
    advice:
      state === 'problem'
        ? 'See whether that service runs, and what its log says. Nothing is lost: it goes on where it stood.'
        : null,
    details,
  };
}

function lagDetail({ service, behind, members, standsStillMs }: GroupLag): FindingDetailView {
  const subject = { kind: 'service', id: service, name: service } as const;
  const amount = `${plural(behind, 'message')} behind`;
  if (members === 0)
    return {
      ...subject,
      state: 'problem',
      explanation: `The ${service} does not run${behind === 0 ? '' : `; it is ${amount}`}.`,
    };
  if (behind === 0) return { ...subject, state: 'ok', explanation: 'Up to date.' };
  if (standsStillMs >= 60_000)
    return {
      ...subject,
      state: 'problem',
      explanation: `The ${service} has not moved for ${Math.round(standsStillMs / 1_000)} s; it is ${amount}.`,
    };
  // Positions reach Kafka some seconds late, so a little lag is what a busy service looks like.
  return behind < 1_000
    ? { ...subject, state: 'ok', explanation: `About up to date: ${amount} at most.` }
    : { ...subject, state: 'waiting', explanation: `The ${service} is ${amount}, and moves.` };
}
