import fc from 'fast-check';
import { conversionIdOf, deliveryIdOf, joinIdOf, newClickId, newSettingsId, tiktokEventIdOf } from './ids';
import { UUID } from './validation';

describe('ids', () => {
  // If these go red, every replay of the topics would be counted again at TikTok: do not adjust them.
  it('stay as they have always been', () => {
    const joinId = joinIdOf('-1002147483648', '6012345678', 1_788_000_000);
    expect(joinId).toBe('9879f00b-e52f-5bbb-b4b0-e5f28b3a88eb');
    expect(conversionIdOf(joinId)).toBe('ca97df45-8ce1-5cbd-85b1-db4864ebcedc');
    expect(deliveryIdOf(conversionIdOf(joinId), '0198f3a1-9d44-7be3-a1c7-5e08d7f31a02')).toBe(
      '16c4a955-d802-5dae-9577-d8eb052d7d5c',
    );
    expect(tiktokEventIdOf(conversionIdOf(joinId))).toBe('adtarget_ca97df45-8ce1-5cbd-85b1-db4864ebcedc');
  });

  it('differ for different facts', () => {
    const fact = fc.tuple(
      fc.integer({ min: -1_009_999_999_999, max: -1 }).map(String),
      fc.integer({ min: 1, max: 2 ** 52 }).map(String),
      fc.integer({ min: 0, max: 4_000_000_000 }),
    );
    fc.assert(
      fc.property(fact, fact, (one, other) => {
        expect(joinIdOf(...one) === joinIdOf(...other)).toBe(one.join() === other.join());
      }),
    );
    expect(joinIdOf('-1', '23', 4)).not.toBe(joinIdOf('-1', '2', 34));
  });

  it('of new records are in the form of the contract', () => {
    expect(newClickId()).toMatch(UUID);
    expect(newSettingsId()).toMatch(UUID);
    expect(newClickId()).not.toBe(newClickId());
  });
});
