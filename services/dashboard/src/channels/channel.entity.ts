import type {
  AttributionTimes,
  ChatType,
  EventType,
  JoinRequestPolicy,
  LinkMode,
} from '@clickjoin/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('channel')
export class ChannelEntity {
  @PrimaryColumn('bigint', { name: 'chat_id' }) chatId!: string;
  @Column('text') type!: ChatType;
  @Column('text') title!: string;
  @Column('boolean', { name: 'is_public' }) isPublic!: boolean;
  @Column('text', { nullable: true }) username!: string | null;
  @Column('timestamptz', { name: 'observed_at' }) observedAt!: Date;

  /** A basic group that became a supergroup lives on under this id. */
  @Column('bigint', { name: 'migrated_to', nullable: true }) migratedTo!: string | null;

  /**
   * From here on: null until the channel is set up. The site stays when the set-up is removed: its organic joins
   * belong to that site's books.
   */
  @Column('uuid', { name: 'site_id', nullable: true }) siteId!: string | null;
  @Column('bigint', { name: 'bot_id', nullable: true }) botId!: string | null;
  @Column('text', { nullable: true }) slug!: string | null;
  @Column('text', { name: 'event_type', nullable: true }) eventType!: EventType | null;
  @Column('text', { name: 'custom_event_name', nullable: true }) customEventName!: string | null;
  @Column('double precision', { nullable: true }) value!: number | null;
  @Column('text', { nullable: true }) currency!: string | null;
  @Column('text', { name: 'content_name', nullable: true }) contentName!: string | null;
  @Column('text', { name: 'link_mode', nullable: true }) linkMode!: LinkMode | null;
  @Column('text', { name: 'join_requests', nullable: true }) joinRequests!: JoinRequestPolicy | null;
  @Column('jsonb', { nullable: true }) attribution!: AttributionTimes | null;
  @Column('integer') version!: number;
  @Column('timestamptz', { name: 'configured_at', nullable: true }) configuredAt!: Date | null;
}

/** A channel as data, to be copied with changes. */
export type ChannelRow = Readonly<Pick<ChannelEntity, keyof ChannelEntity>>;

/** What a bot may do in a channel, as of its latest membership change. */
@Entity('channel_bot')
export class ChannelBotEntity {
  @PrimaryColumn('bigint', { name: 'chat_id' }) chatId!: string;
  @PrimaryColumn('bigint', { name: 'bot_id' }) botId!: string;
  @Column('boolean', { name: 'is_admin' }) isAdmin!: boolean;
  @Column('boolean', { name: 'can_invite' }) canInvite!: boolean;
  @Column('timestamptz', { name: 'observed_at' }) observedAt!: Date;
}
