import type { PauseReason, PixelState } from '@clickjoin/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What the dispatcher last said of a pixel. */
@Entity('pixel_state')
export class PixelStateEntity {
  @PrimaryColumn('uuid', { name: 'pixel_id' }) pixelId!: string;
  @Column('text') state!: PixelState;
  @Column('text', { nullable: true }) reason!: PauseReason | null;
  @Column('timestamptz', { name: 'changed_at' }) changedAt!: Date;
  @Column('integer', { nullable: true }) code!: number | null;
  @Column('text', { nullable: true }) message!: string | null;
  @Column('text', { nullable: true }) explanation!: string | null;
}
