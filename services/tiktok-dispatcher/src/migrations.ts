import { OffsetsMigration, OutboxMigration } from '@clickjoin/postgres';
import { ChannelEventsMigration } from './await-channel/channel-events.migration';
import { DeliveriesMigration } from './delivery/deliveries.migration';
import { FrozenEventsMigration } from './delivery/frozen-events.migration';
import { ErasedConversionsMigration } from './erase/erased-conversions.migration';
import { PauseReasonsMigration } from './pause-pixel/pause-reasons.migration';
import { PixelPausesMigration } from './pause-pixel/pixel-pauses.migration';
import { LeaseOwnersMigration } from './presence/lease-owners.migration';
import { FirstStartMigration } from './queue-delivery/first-start.migration';
import { SendRatesMigration } from './rate-limit/send-rates.migration';

/** This service's tables, oldest change first. */
export const MIGRATIONS = [
  OffsetsMigration,
  OutboxMigration,
  DeliveriesMigration,
  PixelPausesMigration,
  FirstStartMigration,
  FrozenEventsMigration,
  PauseReasonsMigration,
  SendRatesMigration,
  ErasedConversionsMigration,
  LeaseOwnersMigration,
  ChannelEventsMigration,
];
