import type { MigrationInterface, QueryRunner } from 'typeorm';

export class JoinFactsMigration implements MigrationInterface {
  readonly name = 'JoinFacts1790000000188';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE "join"
        -- Null once the person was erased.
        ALTER COLUMN telegram_user_id DROP NOT NULL,
        ADD COLUMN is_rejoin boolean,
        ADD COLUMN match_level text,
        ADD COLUMN match_signals text[]`);
    await runner.query(`ALTER TABLE "join" RENAME COLUMN status TO outcome`);
    await runner.query(`ALTER INDEX join_by_status RENAME TO join_by_outcome`);
    // Each list that a filter makes is read from an index that has it in order: with a filter beside the index, a
    // list in which little is found would be searched to its end (src/joins/join-plans.int.spec.ts).
    const keys = 'joined_at DESC, join_id DESC';
    await runner.query(`CREATE INDEX join_by_chat_outcome ON "join" (chat_id, outcome, ${keys})`);
    await runner.query(`CREATE INDEX join_by_chat_reason ON "join" (chat_id, organic_reason, ${keys})
                         WHERE organic_reason IS NOT NULL`);
    await runner.query(`CREATE INDEX join_by_site ON "join" (site_id, ${keys}) WHERE site_id IS NOT NULL`);
    await runner.query(`CREATE INDEX join_by_person ON "join" (telegram_user_id, ${keys})
                         WHERE telegram_user_id IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX join_by_chat_outcome, join_by_chat_reason, join_by_site, join_by_person`);
    await runner.query(`ALTER INDEX join_by_outcome RENAME TO join_by_status`);
    await runner.query(`ALTER TABLE "join" RENAME COLUMN outcome TO status`);
    await runner.query(`
      ALTER TABLE "join" DROP COLUMN is_rejoin, DROP COLUMN match_level, DROP COLUMN match_signals`);
  }
}
