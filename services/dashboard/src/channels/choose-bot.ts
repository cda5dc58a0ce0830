import type { ChannelBotEntity } from './channel.entity';

type ChannelBot = Pick<ChannelBotEntity, 'botId' | 'isAdmin' | 'canInvite'>;

/**
 * The bot that makes the channel's invite links: the present one as long as it can, else one that can. Only links of
 * the bot that reports the join can be matched, so a change without need would make the links already out organic.
 * @returns undefined when no bot was ever seen in the channel.
 */
export function chooseBot(bots: readonly ChannelBot[], present: string | null): string | undefined {
  const canMakeLinks = bots.filter(({ isAdmin, canInvite }) => isAdmin && canInvite);
  const [candidates] = [canMakeLinks, bots.filter(({ isAdmin }) => isAdmin), bots].filter(
    ({ length }) => length > 0,
  );
  // None can: there is nothing to gain by a change.
  if (present !== null && (canMakeLinks.length === 0 || candidates?.some(({ botId }) => botId === present)))
    return present;
  return candidates
    ?.map(({ botId }) => botId)
    .sort((one, other) => (BigInt(one) < BigInt(other) ? -1 : 1))[0];
}
