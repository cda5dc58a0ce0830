import { inOneGo } from './in-one-go';

const failing = (code: string): Error => Object.assign(new Error(code), { code });

describe('inOneGo', () => {
  it('gives the answers in order', async () => {
    expect(await inOneGo(Promise.resolve(1), Promise.resolve('two'), Promise.resolve(undefined))).toEqual([
      1,
      'two',
      undefined,
    ]);
  });

  it('throws the cause, and not that the transaction is over', async () => {
    const late = new Promise((_, reject) => setImmediate(() => reject(failing('40P01'))));
    await expect(inOneGo(Promise.reject(failing('25P02')), late)).rejects.toThrow('40P01');
    await expect(inOneGo(Promise.reject(failing('25P02')))).rejects.toThrow('25P02');
  });

  it('returns when nothing is running any more', async () => {
    const ended: string[] = [];
    const slow = new Promise<void>((resolve) =>
      setImmediate(() => {
        ended.push('slow');
        resolve();
      }),
    );
    await expect(inOneGo(Promise.reject(failing('23505')), slow)).rejects.toThrow('23505');
    expect(ended).toEqual(['slow']);
  });
});
