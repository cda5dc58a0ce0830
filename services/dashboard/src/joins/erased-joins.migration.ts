import type { MigrationInterface, QueryRunner } from 'typeorm';

const KEYS = 'joined_at DESC, join_id DESC';
/** Undecided joins belong to no site: `overview.migration.ts`. */
const NO_SITE = '00000000-0000-0000-0000-000000000000';

/** Who was erased before the decision is not decided any more: such a join would be `waiting` for ever. */
export class ErasedJoinsMigration implements MigrationInterface {
  readonly name = 'ErasedJoins1790000000192';

  async up(runner: QueryRunner): Promise<void> {
    await this.outcomeIs(
      runner,
      `CASE WHEN conversion_id IS NOT NULL THEN 'attributed'
            WHEN organic_reason IS NOT NULL THEN 'organic'
            WHEN telegram_user_id IS NULL THEN 'erased'
            ELSE 'waiting' END`,
    );
    await this.addWaiting(runner, -1);
  }

  async down(runner: QueryRunner): Promise<void> {
    await this.addWaiting(runner, 1);
    await this.outcomeIs(
      runner,
      `CASE WHEN conversion_id IS NOT NULL THEN 'attributed'
            WHEN organic_reason IS NOT NULL THEN 'organic'
            ELSE 'waiting' END`,
    );
  }

  /** A generated column can't be changed, only made anew; its indexes go with it. */
  private async outcomeIs(runner: QueryRunner, sql: string): Promise<void> {
    await runner.query(`ALTER TABLE "join" DROP COLUMN outcome`);
    await runner.query(
      `ALTER TABLE "join" ADD COLUMN outcome text NOT NULL GENERATED ALWAYS AS (${sql}) STORED`,
    );
    await runner.query(`CREATE INDEX join_by_outcome ON "join" (outcome, ${KEYS})`);
    await runner.query(`CREATE INDEX join_by_chat_outcome ON "join" (chat_id, outcome, ${KEYS})`);
  }

  /** The triggers that count don't see a column made anew. */
  private async addWaiting(runner: QueryRunner, sign: 1 | -1): Promise<void> {
    await runner.query(
      `UPDATE overview_quarter q SET waiting = q.waiting + $1 * erased.n
         FROM (SELECT date_bin('15 minutes', joined_at, 'epoch') AS quarter_at, chat_id, count(*)::int AS n
                 FROM "join" WHERE outcome = 'erased' GROUP BY 1, 2) AS erased
        WHERE q.quarter_at = erased.quarter_at AND q.chat_id = erased.chat_id AND q.site_id = $2`,
      [sign, NO_SITE],
    );
  }
}
