import type { PauseReason, PixelConfigured } from '@clickjoin/contracts';

export interface PixelPause {
  readonly pixelId: string;
  /** Of the settings that it was paused with; newer ones may have a new token. */
  readonly settingsVersion: number;
  readonly cause: PauseReason;
}

export const PAUSED_BY_HAND = 'The pixel is paused. Deliveries wait until it is resumed.';

/**
 * What the pixel's settings mean for its pause. TikTok's refusal holds for the settings it was given with; a person's
 * wish, which is part of the settings, always holds.
 */
export function decidePause(
  { isPaused, version }: Pick<PixelConfigured, 'isPaused' | 'version'>,
  pause: Omit<PixelPause, 'pixelId'> | undefined,
): 'keep' | 'pause' | 'release' {
  const isNewer = pause !== undefined && version > pause.settingsVersion;
  if (isPaused) return pause === undefined || isNewer ? 'pause' : 'keep';
  return isNewer ? 'release' : 'keep';
}
