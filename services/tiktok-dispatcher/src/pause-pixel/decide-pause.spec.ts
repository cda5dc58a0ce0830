import { decidePause, type PixelPause } from './decide-pause';

const refused = (settingsVersion: number): Omit<PixelPause, 'pixelId'> => ({
  settingsVersion,
  cause: 'refused',
});
const byHand = (settingsVersion: number): Omit<PixelPause, 'pixelId'> => ({
  settingsVersion,
  cause: 'by-hand',
});

describe('decidePause', () => {
  it.each([
    { why: 'all is well', isPaused: false, version: 3, pause: undefined, decision: 'keep' },
    { why: 'paused by hand', isPaused: true, version: 3, pause: undefined, decision: 'pause' },
    { why: 'already paused by hand', isPaused: true, version: 3, pause: byHand(3), decision: 'keep' },
    { why: 'resumed by hand', isPaused: false, version: 4, pause: byHand(3), decision: 'release' },
    { why: 'refused with these settings', isPaused: false, version: 3, pause: refused(3), decision: 'keep' },
    {
      why: 'a new token after a refusal',
      isPaused: false,
      version: 4,
      pause: refused(3),
      decision: 'release',
    },
    {
      why: 'settings that are older than the refusal',
      isPaused: false,
      version: 2,
      pause: refused(3),
      decision: 'keep',
    },
    {
      why: 'a new token, but paused by hand',
      isPaused: true,
      version: 4,
      pause: refused(3),
      decision: 'pause',
    },
  ])('$why: $decision', ({ isPaused, version, pause, decision }) => {
    expect(decidePause({ isPaused, version }, pause)).toBe(decision);
  });
});
