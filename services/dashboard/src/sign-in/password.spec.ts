import { hashPassword, isPassword, newPassword } from './password';

/** The real cost is meant to be felt. */
const cheap = { log2N: 4, r: 8, p: 1 };

describe('password', () => {
  it('knows the password and no other', async () => {
    const stored = await hashPassword('correct horse battery', cheap);
    expect(await isPassword('correct horse battery', stored)).toBe(true);
    expect(await isPassword('correct horse batterY', stored)).toBe(false);
    expect(await isPassword('', stored)).toBe(false);
  });

  it('salts: two hashes of one password differ, and neither shows it', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => hashPassword('hunter2hunter2', cheap)));
    expect(one).not.toBe(two);
    expect(one).not.toContain('hunter2');
  });

  it('takes é for é, however the keyboard composes it', async () => {
    expect(await isPassword('caf\u0065\u0301-caf\u00e9', await hashPassword('café-café', cheap))).toBe(true);
  });

  it('keeps the cost with the hash, so that a hash of an older cost still opens', async () => {
    expect(await hashPassword('a', cheap)).toMatch(/^scrypt\$4\$8\$1\$/);
    expect(await isPassword('a', await hashPassword('a'))).toBe(true);
  });

  it('says when the stored hash is none, instead of refusing everyone silently', async () => {
    await expect(isPassword('x', 'plain text')).rejects.toThrow(TypeError);
  });

  it('makes passwords of one word, long enough not to be guessed', () => {
    const made = Array.from({ length: 50 }, newPassword);
    expect(new Set(made).size).toBe(50);
    for (const password of made) expect(password).toMatch(/^[A-Za-z0-9]{24}$/);
  });
});
