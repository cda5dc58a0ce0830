import { InFlight } from './in-flight';

describe('InFlight', () => {
  it('gives each pixel its share and no more', () => {
    const inFlight = new InFlight(10, 3);
    for (let i = 0; i < 3; i++) inFlight.begin('hanging');
    expect(inFlight.slotsFor(['hanging', 'well'])).toEqual([{ pixelId: 'well', slots: 3 }]);
    expect(inFlight.free).toBe(7);
    inFlight.end('hanging');
    expect(inFlight.slotsFor(['hanging'])).toEqual([{ pixelId: 'hanging', slots: 1 }]);
    expect(inFlight.total).toBe(2);
  });

  it('lets another pixel go first each time', () => {
    const inFlight = new InFlight(10, 3);
    const firsts = [1, 2, 3].map(() => inFlight.slotsFor(['a', 'b', 'c'])[0]?.pixelId);
    expect(new Set(firsts)).toEqual(new Set(['a', 'b', 'c']));
  });

  it('knows of no pixels', () => {
    expect(new InFlight(10, 3).slotsFor([])).toEqual([]);
  });
});
