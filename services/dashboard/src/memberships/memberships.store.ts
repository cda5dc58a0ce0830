import type { MemberLeft, PersonErased } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { erasedAt, lockErasures } from './erased-person';

type Queryable = Pick<EntityManager, 'query'>;

/** Who left when; and the forgetting of persons, here and in the joins. */
@Injectable()
export class MembershipsStore {
  /** In any order, any number of times. Two bots that report one leaving agree on all of it but, at times, the kind. */
  async applyLeft(tx: Queryable, left: readonly MemberLeft[]): Promise<void> {
    await lockErasures(tx, 'shared');
    await tx.query(
      `INSERT INTO member_left (chat_id, telegram_user_id, left_at, kind)
       SELECT DISTINCT ON (telegram_user_id, chat_id, left_at) *
         FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::text[])
           AS went (chat_id, telegram_user_id, left_at, kind)
        WHERE NOT ${erasedAt('went.telegram_user_id', 'went.left_at')}
        ORDER BY telegram_user_id, chat_id, left_at, kind DESC
       ON CONFLICT (telegram_user_id, chat_id, left_at) DO UPDATE SET kind = excluded.kind
       WHERE excluded.kind > member_left.kind`,
      [
        left.map(({ chatId }) => chatId),
        left.map(({ person }) => person.telegramUserId),
        left.map(({ leftAt }) => leftAt),
        left.map(({ kind }) => kind),
      ],
    );
  }

  /** What came before the erasure is forgotten, also when it comes again by a replay; who joins anew is a new person. */
  async applyErased(tx: Queryable, { telegramUserId, erasedAt: at }: PersonErased): Promise<void> {
    await lockErasures(tx, 'alone');
    await tx.query(
      `INSERT INTO erased_person (person_hash, erased_at) VALUES (sha256(convert_to($1::text, 'UTF8')), $2)
       ON CONFLICT (person_hash) DO UPDATE SET erased_at = greatest(erased_person.erased_at, excluded.erased_at)`,
      [telegramUserId, at],
    );
    await tx.query(
      `UPDATE "join" SET telegram_user_id = NULL WHERE telegram_user_id = $1 AND joined_at <= $2`,
      [telegramUserId, at],
    );
    await tx.query(`DELETE FROM member_left WHERE telegram_user_id = $1 AND left_at <= $2`, [
      telegramUserId,
      at,
    ]);
  }
}
