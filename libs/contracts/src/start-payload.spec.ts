import fc from 'fast-check';
import { parseStartPayload, startPayloadOf } from './start-payload';

const chatIds = fc.bigInt({ min: 1n, max: 9_999_999_999_999_999n }).map((digits) => (-digits).toString());

describe('start payload', () => {
  it('brings channel and click back, in what Telegram lets through', () => {
    fc.assert(
      fc.property(chatIds, fc.uuid(), (chatId, clickId) => {
        const payload = startPayloadOf(chatId, clickId);
        expect(payload).toMatch(/^[A-Za-z0-9_-]{1,36}$/);
        expect(parseStartPayload(payload)).toEqual({ chatId, clickId });
      }),
    );
  });

  it('is read', () => {
    expect(parseStartPayload('c_csdoqj9c_AZjztgLYfEGeansdT1yOAw')).toEqual({
      chatId: '-1002147483648',
      clickId: '0198f3b6-02d8-7c41-9e6a-7b1d4f5c8e03',
    });
  });

  it.each([
    { reason: "someone else's payload", payload: 'c_01J9ZK4W7Q3M8N5R2T6V0XBYDE' },
    { reason: 'nothing', payload: '' },
    { reason: 'no channel has id 0', payload: 'c_0_AZjztgLYfEGeansdT1yOAw' },
    { reason: 'more digits than an id has', payload: 'c_zzzzzzzzzzz_AZjztgLYfEGeansdT1yOAw' },
    { reason: 'a second spelling of the channel', payload: 'c_0csdoqj9c_AZjztgLYfEGeansdT1yOAw' },
    { reason: 'a second spelling of the click', payload: 'c_csdoqj9c_AZjztgLYfEGeansdT1yOAx' },
    { reason: 'a click that is too short', payload: 'c_csdoqj9c_AZjztgLYfEGeansdT1yOA' },
    { reason: 'something after it', payload: 'c_csdoqj9c_AZjztgLYfEGeansdT1yOAw ' },
  ])('is none: $payload ($reason)', ({ payload }) => expect(parseStartPayload(payload)).toBeUndefined());

  it('takes any text of a stranger, and what it takes is what it would have made', () => {
    const nearly = fc.stringMatching(/^c_[0-9a-z]{0,12}_[A-Za-z0-9_-]{20,24}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearly), (payload) => {
        const parsed = parseStartPayload(payload);
        if (parsed !== undefined) expect(startPayloadOf(parsed.chatId, parsed.clickId)).toBe(payload);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    {
      reason: 'a person is no channel',
      chatId: '6012345678',
      clickId: '0198f3b6-02d8-7c41-9e6a-7b1d4f5c8e03',
    },
    { reason: 'not a UUID', chatId: '-1002147483648', clickId: 'c_01J9ZK4W7Q3M8N5R2T6V0XBYDE' },
  ])('is not made of $chatId and $clickId ($reason)', ({ chatId, clickId }) =>
    expect(() => startPayloadOf(chatId, clickId)).toThrow(RangeError),
  );
});
