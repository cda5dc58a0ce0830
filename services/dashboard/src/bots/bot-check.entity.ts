import type { BotProblem, UpdateSource } from '@clickjoin/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How a bot's updates come in, as of the last look. */
@Entity('bot_check')
export class BotCheckEntity {
  @PrimaryColumn('bigint', { name: 'bot_id' }) botId!: string;
  @Column('timestamptz', { name: 'checked_at' }) checkedAt!: Date;
  @Column('text', { name: 'updates_by' }) updatesBy!: UpdateSource;
  @Column('text', { array: true }) problems!: BotProblem[];
  @Column('integer', { name: 'pending_updates', nullable: true }) pendingUpdates!: number | null;
  @Column('text', { nullable: true }) message!: string | null;
  @Column('timestamptz', { name: 'last_error_at', nullable: true }) lastErrorAt!: Date | null;
  @Column('timestamptz', { name: 'last_update_at', nullable: true }) lastUpdateAt!: Date | null;
}
