import { applyFaults, FaultBook, NO_FAULTS } from './faults';
import { Random } from './random';

describe('applyFaults', () => {
  it('changes what is named, and only that', () => {
    const before = applyFaults(NO_FAULTS, { telegram: { stripLinkShare: 0.5 } });
    const after = applyFaults(before, {
      tiktok: { lostAnswer: 0.05, credentialErrors: { A: 40001, B: 40105 } },
    });
    expect(after.telegram).toEqual(before.telegram);
    expect(after.tiktok).toEqual({
      ...NO_FAULTS.tiktok,
      lostAnswer: 0.05,
      credentialErrors: { A: 40001, B: 40105 },
    });
    expect(applyFaults(after, { tiktok: { credentialErrors: { A: null } } }).tiktok.credentialErrors).toEqual(
      { B: 40105 },
    );
  });

  it.each<{ update: unknown; message: string | RegExp }>([
    { update: 7, message: 'body must be a JSON object' },
    { update: { facebook: {} }, message: 'facebook is not a known field' },
    { update: { tiktok: [] }, message: 'tiktok must be a JSON object' },
    { update: { tiktok: { lostAnswers: 1 } }, message: 'tiktok.lostAnswers is not a known field' },
    { update: { tiktok: { toString: 1 } }, message: 'tiktok.toString is not a known field' },
    { update: { tiktok: { lostAnswer: 1.1 } }, message: 'tiktok.lostAnswer must be a share from 0 to 1' },
    { update: { tiktok: { lostAnswer: '1' } }, message: 'tiktok.lostAnswer must be a share from 0 to 1' },
    { update: { tiktok: { latencyMs: -1 } }, message: 'tiktok.latencyMs must be milliseconds, 0 or more' },
    {
      update: { tiktok: { lostAnswerMode: 'x' } },
      message: 'tiktok.lostAnswerMode must be one of destroy, withhold',
    },
    {
      update: { tiktok: { next: [{ fault: 'x', times: 1 }] } },
      message: /^tiktok\.next\.0\.fault must be one of lostAnswer/,
    },
    { update: { tiktok: { next: [{ fault: 'ok' }] } }, message: 'tiktok.next.0.times is missing' },
    {
      update: { tiktok: { rejectEventIds: [1] } },
      message: 'tiktok.rejectEventIds.0 must be a non-empty string',
    },
    {
      update: { tiktok: { credentialErrors: { A: 0 } } },
      message: /^tiktok\.credentialErrors\.A must be a return code/,
    },
    {
      update: { tiktok: { lostAnswer: 0.6, http500: 0.6 } },
      message: /^tiktok has shares .* add up to 1\.2, above 1$/,
    },
    {
      update: { telegram: { retryAfterSeconds: 0.5 } },
      message: 'telegram.retryAfterSeconds must be a whole number, 1 or more',
    },
    {
      update: { telegram: { linksPerMinute: -1 } },
      message: 'telegram.linksPerMinute must be a whole number, 0 or more',
    },
    { update: { telegram: { retryScale: -1 } }, message: 'telegram.retryScale must be a factor, 0 or more' },
  ])('says "$message"', ({ update, message }) => {
    expect(() => applyFaults(NO_FAULTS, update)).toThrow(message);
  });
});

describe('FaultBook', () => {
  it('uses up the script before it asks chance', () => {
    const book = new FaultBook(new Random('s'), {
      tiktok: {
        http500: 1,
        next: [
          { fault: 'lostAnswer', times: 2 },
          { fault: 'ok', times: 1 },
        ],
      },
    });
    expect([1, 2, 3, 4].map(() => book.forTikTokRequest())).toEqual([
      'lostAnswer',
      'lostAnswer',
      undefined,
      'http500',
    ]);
    expect(book.tiktok.next).toEqual([]);
  });

  it('scripts each Telegram method for itself', () => {
    const book = new FaultBook(new Random('s'), {
      telegram: { next: [{ method: 'getChat', fault: 'internalError', times: 1 }] },
    });
    expect(book.forTelegramCall('getMe')).toBeUndefined();
    expect(book.forTelegramCall('getchat')).toBe('internalError');
    expect(book.forTelegramCall('getChat')).toBeUndefined();
  });

  it('draws each fault at its share, and the same for the same seed', () => {
    const draws = (seed: string): (string | undefined)[] => {
      const book = new FaultBook(new Random(seed), { tiktok: { lostAnswer: 0.1, code50000: 0.3 } });
      return Array.from({ length: 5000 }, () => book.forTikTokRequest());
    };
    const drawn = draws('one');
    const share = (fault?: string): number => drawn.filter((one) => one === fault).length / drawn.length;
    expect(share('lostAnswer')).toBeCloseTo(0.1, 1);
    expect(share('code50000')).toBeCloseTo(0.3, 1);
    expect(share()).toBeCloseTo(0.6, 1);
    expect(draws('one')).toEqual(drawn);
    expect(draws('two')).not.toEqual(drawn);
  });

  it('leaves all as it was when an update is refused', () => {
    const book = new FaultBook(new Random('s'));
    expect(() => book.update({ telegram: { stripLinkShare: 0.5 }, tiktok: { slow: 2 } })).toThrow(
      'tiktok.slow',
    );
    expect(book.all()).toEqual(NO_FAULTS);
  });
});
