import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { InternalApiGuard, Problem } from '@clickjoin/service-kit';
import { ReplayRequest } from './replays.dto';
import type { ReplaySelection } from './replay.store';
import { Replays, type ReplayResult } from './replays';

/** With `dryRun` `replayable`, without it `replayed`, so that neither is taken for the other. */
type ReplayAnswer = Omit<ReplayResult, 'replayable'> &
  ({ readonly replayable: number } | { readonly replayed: number });

@UseGuards(InternalApiGuard)
@Controller('v1/replays')
export class ReplaysController {
  constructor(private readonly replays: Replays) {}

  @Post()
  @HttpCode(200)
  async replay(
    @Body() { deliveryIds, filter, dryRun, confirmedUnsent = false }: ReplayRequest,
  ): Promise<ReplayAnswer> {
    if ((deliveryIds === undefined) === (filter === undefined))
      throw new Problem(400, { detail: 'Give either deliveryIds or a filter.' });
    const { replayable, ...result } = await this.replays.replay(selectionOf(deliveryIds, filter), {
      dryRun,
      isConfirmedUnsent: confirmedUnsent,
    });
    return dryRun ? { ...result, replayable } : { ...result, replayed: replayable };
  }
}

function selectionOf(
  deliveryIds: ReplayRequest['deliveryIds'],
  filter: ReplayRequest['filter'],
): ReplaySelection {
  const { siteId, pixelId, chatId, states, joinedFrom, joinedTo } = filter ?? {};
  return { deliveryIds, siteId, pixelId, chatId, states, joinedFrom, joinedTo };
}
