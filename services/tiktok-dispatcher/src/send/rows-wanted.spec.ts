import type { PixelSlots } from './pixel-flow';
import { ROWS_PER_PIXEL, rowsWanted } from './rows-wanted';

const slots = (requests: number, isTried = false): PixelSlots => ({
  pixelId: 'pixel',
  requests,
  byRight: 0,
  isTried,
});

describe('rowsWanted', () => {
  it.each([
    {
      what: 'test events: one for each slot',
      pixel: { wireFormat: '1.0', testEventCode: 'T1' },
      free: 16,
      rows: 16,
    },
    {
      what: 'test events in 2.0: likewise',
      pixel: { wireFormat: '2.0', testEventCode: 'T1' },
      free: 3,
      rows: 3,
    },
    {
      what: 'an empty test event code is none',
      pixel: { wireFormat: '1.0', testEventCode: ' ' },
      free: 1,
      rows: 50,
    },
    { what: 'one slot in 1.0: a full request', pixel: { wireFormat: '1.0' }, free: 1, rows: 50 },
    { what: 'four slots in 1.0: four', pixel: { wireFormat: '1.0' }, free: 4, rows: 200 },
    {
      what: 'many slots: the share of a pixel',
      pixel: { wireFormat: '1.0' },
      free: 16,
      rows: ROWS_PER_PIXEL,
    },
    {
      what: 'one slot in 2.0: the share of a pixel',
      pixel: { wireFormat: '2.0' },
      free: 1,
      rows: ROWS_PER_PIXEL,
    },
  ] as const)('$what', ({ pixel, free, rows }) => {
    expect(rowsWanted(slots(free), pixel)).toBe(rows);
  });

  it('is one while a pixel is tried', () => {
    expect(rowsWanted(slots(16, true), { wireFormat: '2.0' })).toBe(1);
  });
});
