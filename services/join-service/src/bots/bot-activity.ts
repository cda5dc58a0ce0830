import { Inject, Injectable } from '@nestjs/common';
import { type BotChecked, type Clock, topics } from '@clickjoin/contracts';
import { InjectTable, type SettingsTable } from '@clickjoin/kafka';
import { CLOCK } from '@clickjoin/service-kit';

/** When each bot's updates came last. */
@Injectable()
export class BotActivity {
  private readonly lastUpdateAtMs = new Map<string, number>();

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @InjectTable(topics.botChecked) private readonly reports: SettingsTable<BotChecked>,
  ) {}

  /** An authentic update is stored, or says nothing that needs storing. */
  updateTaken(botId: string): void {
    this.lastUpdateAtMs.set(botId, this.clock.now());
  }

  /** Here or, as far as it was reported, at another instance or before a restart. */
  lastUpdateAt(botId: string): number | undefined {
    const reported = this.reports.get(botId)?.lastUpdateAt;
    const times = [this.lastUpdateAtMs.get(botId), reported === undefined ? undefined : Date.parse(reported)];
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  }
}
