import { WaitingPlaces } from './waiting-places';

describe('WaitingPlaces', () => {
  it('lets only so many wait, but those that have a place keep it', () => {
    const places = new WaitingPlaces(2);
    expect([places.take('a', 0), places.take('b', 0), places.take('c', 0), places.take('a', 1)]).toEqual([
      true,
      true,
      false,
      true,
    ]);
    places.leave('b');
    expect(places.take('c', 2)).toBe(true);
  });

  it('forgets who does not come back: another instance may have done it', () => {
    const places = new WaitingPlaces(2);
    places.take('a', 0);
    places.take('b', 500_000);
    expect(places.take('c', 599_999)).toBe(false);
    expect(places.take('c', 600_000)).toBe(true);
    expect(places.take('d', 600_000)).toBe(false);
  });
});
