import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** What a person did up to this moment stays forgotten. */
type ErasedUntil = ReadonlyMap<string, number>;

export interface Admission {
  /** @param capturedAt of a click or a bot start. */
  readonly isClickTooOld: (capturedAt: string) => boolean;
  readonly isJoinTooOld: (joinedAt: string) => boolean;
  readonly isErased: (telegramUserId: string, at: string) => boolean;
  /** Whether clicks of erased persons may still come. */
  readonly awaitsErasedClicks: boolean;
}

/**
 * What is not let in a second time. Where rows have been removed, by age or because a person asked for it, a duplicate
 * of the old message looks new: only this remembers that it is not.
 */
@Injectable()
export class AdmissionStore {
  /** @param telegramUserIds of the messages at hand. Under the bucket's lock, which an erasure takes too. */
  async admission(tx: EntityManager, telegramUserIds: readonly string[] = []): Promise<Admission> {
    const [row]: { click_ms: string; join_ms: string; has_erased: boolean; awaits_clicks: boolean }[] =
      await tx.query(
        `SELECT coalesce(max(swept_until_ms) FILTER (WHERE what = 'click'), 0) AS click_ms,
              coalesce(max(swept_until_ms) FILTER (WHERE what = 'join'), 0) AS join_ms,
              EXISTS (SELECT 1 FROM erased_person) AS has_erased,
              EXISTS (SELECT 1 FROM erased_click) AS awaits_clicks
         FROM swept`,
      );
    const clickMs = Number(row?.click_ms ?? 0);
    const joinMs = Number(row?.join_ms ?? 0);
    const erased: ErasedUntil =
      row?.has_erased === true && telegramUserIds.length > 0
        ? await this.erasedAmong(tx, telegramUserIds)
        : new Map();
    return {
      isClickTooOld: (capturedAt) => clickMs > 0 && Date.parse(capturedAt) <= clickMs,
      isJoinTooOld: (joinedAt) => joinMs > 0 && Date.parse(joinedAt) <= joinMs,
      awaitsErasedClicks: row?.awaits_clicks === true,
      isErased: (telegramUserId, at) => Date.parse(at) <= (erased.get(telegramUserId) ?? -1),
    };
  }

  private async erasedAmong(tx: EntityManager, telegramUserIds: readonly string[]): Promise<ErasedUntil> {
    const rows: { telegram_user_id: string; erased_at_ms: string }[] = await tx.query(
      `SELECT person.telegram_user_id, erased.erased_at_ms
         FROM unnest($1::text[]) AS person (telegram_user_id)
         JOIN erased_person AS erased ON erased.person_hash = sha256(convert_to(person.telegram_user_id, 'UTF8'))`,
      [[...new Set(telegramUserIds)]],
    );
    return new Map(rows.map((row) => [row.telegram_user_id, Number(row.erased_at_ms)]));
  }
}
