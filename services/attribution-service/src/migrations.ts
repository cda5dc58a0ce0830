import { OffsetsMigration, OutboxMigration } from '@clickjoin/postgres';
import { AttributionStateMigration } from './attribute/attribution-state.migration';
import { ClicksAndJoinsMigration } from './attribute/clicks-and-joins.migration';
import { BotStartMigration } from './bot-start/bot-start.migration';
import { ErasedPersonMigration } from './erasures/erased-person.migration';
import { FunnelMigration } from './funnel/funnel.migration';
import { SweptMigration } from './retention/swept.migration';
import { SurprisesMigration } from './surprises/surprises.migration';

/** The whole schema of this service's database. */
export const migrations = [
  OffsetsMigration,
  OutboxMigration,
  ClicksAndJoinsMigration,
  AttributionStateMigration,
  SweptMigration,
  ErasedPersonMigration,
  FunnelMigration,
  SurprisesMigration,
  BotStartMigration,
];
