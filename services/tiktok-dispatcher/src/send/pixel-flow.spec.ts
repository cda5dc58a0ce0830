import { PixelFlow } from './pixel-flow';

let now: number;
const flowOf = (max: number, maxPerPixel: number): PixelFlow => new PixelFlow(max, maxPerPixel, () => now);
const slotsOf = (flow: PixelFlow, pixelId: string): number => flow.slotsFor([pixelId])[0]?.requests ?? 0;
const times = (count: number, act: () => void): void => {
  for (let i = 0; i < count; i++) act();
};

beforeEach(() => {
  now = 1_000;
});

describe('PixelFlow', () => {
  it('gives each pixel its share and no more', () => {
    const flow = flowOf(10, 3);
    times(3, () => flow.begin('hanging'));
    expect(flow.slotsFor(['hanging', 'well'])).toEqual([
      { pixelId: 'well', requests: 3, byRight: 1, isTried: false },
    ]);
    flow.end('hanging', true);
    expect(slotsOf(flow, 'hanging')).toBe(1);
    expect(flow.total).toBe(2);
  });

  it('lets a pixel with nothing under way begin one, however full the process is', () => {
    const flow = flowOf(4, 4);
    times(4, () => flow.begin('hanging'));
    expect(flow.slotsFor(['hanging', 'well'])).toMatchObject([{ pixelId: 'well', requests: 1, byRight: 1 }]);
    flow.begin('well');
    expect(flow.slotsFor(['hanging', 'well'])).toEqual([]);
    expect(flow.free).toBe(0);
  });

  it('lets another pixel go first each time', () => {
    const flow = flowOf(10, 3);
    const firsts = [1, 2, 3].map(() => flow.slotsFor(['a', 'b', 'c'])[0]?.pixelId);
    expect(new Set(firsts)).toEqual(new Set(['a', 'b', 'c']));
  });

  it('tries a pixel that gets no answers with one event at a time, ever more rarely, until one comes', () => {
    const flow = flowOf(64, 16);
    times(16, () => flow.begin('hanging'));
    times(7, () => flow.end('hanging', false));
    expect(slotsOf(flow, 'hanging')).toBe(7);
    flow.end('hanging', false);
    expect(slotsOf(flow, 'hanging')).toBe(0);
    times(8, () => flow.end('hanging', false));
    expect(flow.nextInMs()).toBe(5_000);
    now += 5_000;
    expect(flow.nextInMs()).toBeUndefined();
    expect(flow.slotsFor(['hanging'])).toEqual([
      { pixelId: 'hanging', requests: 1, byRight: 1, isTried: true },
    ]);

    flow.begin('hanging');
    flow.end('hanging', true);
    expect(flow.slotsFor(['hanging'])).toEqual([
      { pixelId: 'hanging', requests: 2, byRight: 1, isTried: false },
    ]);
    times(3, () => {
      flow.begin('hanging');
      flow.end('hanging', true);
    });
    expect(slotsOf(flow, 'hanging')).toBe(16);
  });

  it('does not take some failures among answers for an outage', () => {
    const flow = flowOf(64, 16);
    times(100, () => {
      times(7, () => {
        flow.begin('a');
        flow.end('a', false);
      });
      flow.begin('a');
      flow.end('a', true);
    });
    expect(slotsOf(flow, 'a')).toBe(16);
  });

  it('learns nothing from a request that was not sent', () => {
    const flow = flowOf(64, 16);
    times(50, () => {
      flow.begin('a');
      flow.end('a', undefined);
    });
    expect(slotsOf(flow, 'a')).toBe(16);
  });

  it('knows of no pixels', () => {
    expect(flowOf(10, 3).slotsFor([])).toEqual([]);
  });
});
