import { ABSENT_AFTER_MS, Absences } from './absences';

describe('Absences', () => {
  it('believes nobody to be gone before long', () => {
    const absences = new Absences();
    expect(absences.of([1], 1_000)).toEqual([]);
    expect(absences.of([1], 1_000 + ABSENT_AFTER_MS - 1)).toEqual([]);
    expect(absences.of([1, 2], 1_000 + ABSENT_AFTER_MS)).toEqual([1]);
    expect(absences.areAny).toBe(true);
  });

  it('begins anew with one who was seen in between', () => {
    const absences = new Absences();
    absences.of([1], 0);
    expect(absences.of([], ABSENT_AFTER_MS / 2)).toEqual([]);
    expect(absences.areAny).toBe(false);
    expect(absences.of([1], ABSENT_AFTER_MS)).toEqual([]);
    expect(absences.of([1], 2 * ABSENT_AFTER_MS)).toEqual([1]);
  });
});
