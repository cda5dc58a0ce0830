import type { MigrationInterface } from 'typeorm';
import { OutboxMigration } from './outbox.migration';
import { OutboxTombstonesMigration } from './outbox-tombstones.migration';

type Migration = new () => MigrationInterface;

/**
 * A service names its outbox by the first migration, and the later ones come with it: a step that one of the lists
 * had forgotten would leave that service's outbox behind, unnoticed until a record needs it.
 */
export function withOutboxSteps(migrations: readonly Migration[]): readonly Migration[] {
  return migrations.includes(OutboxMigration) ? [...migrations, OutboxTombstonesMigration] : migrations;
}
