import type { EntityManager } from 'typeorm';
import { timestamp } from '../delivery/delivery-row';
import { rowsOf } from '../delivery/rows-of';
import type { PixelPause } from './decide-pause';

/** Why a pixel is paused: in our words, and in TikTok's where it was TikTok. */
export interface PauseReasons {
  readonly explanation: string;
  readonly code?: number | undefined;
  readonly message?: string | undefined;
}

export async function readPauses(tx: EntityManager): Promise<PixelPause[]> {
  return tx.query(
    `SELECT pixel_id AS "pixelId", settings_version AS "settingsVersion", cause FROM pixel_pause`,
  );
}

/**
 * Pauses the pixel, or brings its pause up to these settings.
 * @returns false when it is paused with these settings, or newer ones, already
 */
export async function insertPause(
  tx: EntityManager,
  { pixelId, settingsVersion, cause }: PixelPause,
  { explanation, code, message }: PauseReasons,
  now: number,
): Promise<boolean> {
  const paused: unknown[] = await tx.query(
    `INSERT INTO pixel_pause (pixel_id, settings_version, cause, note, code, message, paused_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (pixel_id) DO UPDATE
       SET settings_version = excluded.settings_version, cause = excluded.cause, note = excluded.note,
           code = excluded.code, message = excluded.message, paused_at = excluded.paused_at
       WHERE pixel_pause.settings_version < excluded.settings_version
     RETURNING 1`,
    [pixelId, settingsVersion, cause, explanation, code ?? null, message ?? null, timestamp(now)],
  );
  return paused.length > 0;
}

/** Which pauses of a pixel are to end: those of settings before a version, or TikTok's refusals up to one. */
export type PauseToEnd = { readonly olderThan: number } | { readonly refusedUpTo: number };

/** @returns whether there was such a pause */
export async function deletePause(tx: EntityManager, pixelId: string, which: PauseToEnd): Promise<boolean> {
  const [condition, version] =
    'olderThan' in which
      ? ['settings_version < $2', which.olderThan]
      : [`settings_version <= $2 AND cause = 'refused'`, which.refusedUpTo];
  const ended = rowsOf<unknown>(
    await tx.query(`DELETE FROM pixel_pause WHERE pixel_id = $1 AND ${condition} RETURNING 1`, [
      pixelId,
      version,
    ]),
  );
  return ended.length > 0;
}
