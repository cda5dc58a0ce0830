import { Inject, Injectable } from '@nestjs/common';
import type { ChannelDetected, ChatMigrated } from '@clickjoin/contracts';
import type { Sighting } from '../translate/sighting';
import type { TelegramEvent } from '../translate/translation';
import { ChannelWatch } from './channel-watch';
import { changedBySighting } from './detect-change';
import { KnownChannels } from './known-channels';

/** What updates show of channels in passing: each carries the chat, as it is called at that moment. */
@Injectable()
export class ChannelSightings {
  constructor(
    private readonly known: KnownChannels,
    @Inject(ChannelWatch) private readonly watch: Pick<ChannelWatch, 'checkSoon'>,
  ) {}

  /** What is to go into the log along with what the update says. */
  detectionIn(
    botId: string,
    sighting: Sighting | undefined,
  ): Extract<TelegramEvent, { type: 'ChannelDetected' }> | undefined {
    if (sighting === undefined) return undefined;
    const { chatId } = sighting;
    const known = this.known.find(chatId, botId);
    // A join may overtake the update that says that the bot is an administrator now; what it may do must be asked for.
    if (known === undefined && sighting.showsAdmin) this.watch.checkSoon({ chatId, botId });
    const event = changedBySighting(known, sighting);
    return event === undefined ? undefined : { type: 'ChannelDetected', event };
  }

  /** Is in the log now. */
  detected(event: ChannelDetected): void {
    this.known.wasPublished(event);
  }

  /** The supergroup may have another title, and other rights for the bot, than the group had. */
  moved({ botId, toChatId }: ChatMigrated): void {
    this.watch.checkSoon({ chatId: toChatId, botId });
  }
}
