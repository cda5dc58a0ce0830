import { doneSteps, nextStep } from './progress';

const NOTHING = { hasBot: false, hasChannel: false, hasPixel: false, isPixelTested: false, checks: [] };

describe('doneSteps', () => {
  it('finds nothing done in an empty system, and begins with the bot', () => {
    expect([...doneSteps(NOTHING)]).toEqual([]);
    expect(nextStep(doneSteps(NOTHING))).toBe('bot');
  });

  it.each([
    { name: 'a pixel that TikTok was not asked about', checks: [], isDone: false },
    {
      name: 'a pixel that TikTok refused',
      checks: [{ check: 'pixel-token' as const, state: 'problem' as const }],
      isDone: false,
    },
    {
      name: 'a pixel that TikTok took an event of',
      checks: [{ check: 'pixel-token' as const, state: 'ok' as const }],
      isDone: true,
    },
  ])('$name', ({ checks, isDone }) =>
    expect(doneSteps({ ...NOTHING, hasPixel: true, checks }).has('pixel')).toBe(isDone),
  );

  it('takes the word of a test event that TikTok took', () =>
    expect(doneSteps({ ...NOTHING, hasPixel: true, isPixelTested: true }).has('pixel')).toBe(true));

  it('goes on where something is open, also in the middle', () =>
    expect(
      nextStep(
        doneSteps({
          hasBot: true,
          hasChannel: false,
          hasPixel: true,
          isPixelTested: false,
          checks: [{ check: 'pixel-token', state: 'ok' }],
        }),
      ),
    ).toBe('channel'));

  it('is over when an event was accepted and all before it is there', () =>
    expect(
      nextStep(
        doneSteps({
          hasBot: true,
          hasChannel: true,
          hasPixel: true,
          isPixelTested: false,
          checks: (['pixel-token', 'script-seen', 'first-accepted'] as const).map((check) => ({
            check,
            state: 'ok',
          })),
        }),
      ),
    ).toBeUndefined());
});
