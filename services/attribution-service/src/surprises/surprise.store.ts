import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CommittedMetrics } from '../committed-metrics';
import type { Surprise, SurpriseKind } from './surprises';

/** Rows of one kind a transaction adds at most: a flood is counted whole, and a person reads a sample of it. */
const LISTED_AT_ONCE = 50;

@Injectable()
export class SurpriseStore {
  constructor(private readonly metrics: CommittedMetrics) {}

  /** Counts all of them, and lists them once each. */
  async add(tx: EntityManager, surprises: readonly Surprise[]): Promise<void> {
    if (surprises.length === 0) return;
    const ofKind = new Map<SurpriseKind, number>();
    const listed = surprises.filter(({ kind }) => {
      const before = ofKind.get(kind) ?? 0;
      ofKind.set(kind, before + 1);
      return before < LISTED_AT_ONCE;
    });
    await tx.query(
      // Sorted, so that two transactions that list the same wait for each other and don't deadlock.
      `INSERT INTO surprise (kind, subject, chat_id, join_id, click_id)
       SELECT DISTINCT ON (kind, subject) kind, subject, chat_id, join_id, click_id
         FROM unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::uuid[])
              AS s (kind, subject, chat_id, join_id, click_id)
        ORDER BY kind, subject
       ON CONFLICT (kind, subject) DO NOTHING`,
      [
        listed.map(({ kind }) => kind),
        listed.map(({ subject }) => subject),
        listed.map(({ chatId }) => chatId ?? null),
        listed.map(({ joinId }) => joinId ?? null),
        listed.map(({ clickId }) => clickId ?? null),
      ],
    );
    this.metrics.countSurprises(tx, ofKind);
  }

  /** The click of these starts of the bot has come after all. */
  async takeBackUnknownClicks(tx: EntityManager, clickIds: readonly string[]): Promise<void> {
    if (clickIds.length === 0) return;
    await tx.query(
      `DELETE FROM surprise WHERE kind = 'bot-start-of-unknown-click' AND click_id = ANY ($1::uuid[])`,
      [clickIds],
    );
  }
}
