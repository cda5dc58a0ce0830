import { traceparentOrNew } from './traceparent';

const SOUND = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('traceparentOrNew', () => {
  it('passes a sound one on', () => {
    expect(traceparentOrNew(SOUND)).toBe(SOUND);
  });

  it.each([
    { name: 'none', header: undefined },
    { name: 'nonsense', header: 'x\r\nevil: 1' },
    { name: 'an all-zero trace', header: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` },
    { name: 'the forbidden version', header: SOUND.replace(/^00/, 'ff') },
  ])('makes a new one for $name', ({ header }) => {
    const made = traceparentOrNew(header);
    expect(made).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(made).not.toBe(header);
    expect(traceparentOrNew(header)).not.toBe(made);
  });
});
