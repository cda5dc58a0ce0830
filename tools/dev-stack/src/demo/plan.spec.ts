import { planDemo } from './plan';

describe('planDemo', () => {
  it('brings the same visitors for the same seed, and others for another', () => {
    expect(planDemo(50, 10, 1)).toEqual(planDemo(50, 10, 1));
    expect(planDemo(50, 10, 2)).not.toEqual(planDemo(50, 10, 1));
  });

  it('holds every kind of visitor, so that no rule goes untried', () => {
    const { visitors, organic, previewsAtMs } = planDemo(200, 25, 1);
    const kinds = new Set(visitors.map(({ channel, joins }) => `${channel} ${joins}`));
    expect([...kinds].sort()).toEqual([
      'private by-link',
      'private never',
      'public by-link',
      'public directly',
      'public never',
    ]);
    expect(visitors.some(({ ttclid }) => ttclid === undefined)).toBe(true);
    expect(visitors.some(({ tapsTwice }) => tapsTwice)).toBe(true);
    expect(new Set(organic.map(({ via }) => via)).size).toBe(3);
    expect(previewsAtMs.length).toBeGreaterThan(0);
  });

  it('gives everybody an address and a ttclid of their own: they tell visitors apart', () => {
    const { visitors } = planDemo(3_000, 25, 1);
    expect(new Set(visitors.map(({ ip }) => ip)).size).toBe(3_000);
    const ttclids = visitors.flatMap(({ ttclid }) => (ttclid === undefined ? [] : [ttclid]));
    expect(new Set(ttclids).size).toBe(ttclids.length);
  });

  it('sends no private channel somebody who has no link', () => {
    const { organic } = planDemo(1_000, 25, 3);
    expect(organic.filter(({ channel, via }) => channel === 'private' && via === 'direct')).toEqual([]);
  });
});
