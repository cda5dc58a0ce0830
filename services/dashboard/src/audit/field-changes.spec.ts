import { fieldChanges, HIDDEN } from './field-changes';

it.each([
  { why: 'what is equal is no change', before: { name: 'a' }, after: { name: 'a' }, changes: [] },
  {
    why: 'new',
    before: undefined,
    after: { name: 'a', isPaused: false },
    changes: [
      { field: 'name', before: null, after: 'a' },
      { field: 'isPaused', before: null, after: 'false' },
    ],
  },
  {
    why: 'nested fields have paths, and null is not set',
    before: { tracker: { keepDays: 28 }, value: 2 },
    after: { tracker: { keepDays: 7 }, value: null },
    changes: [
      { field: 'tracker.keepDays', before: '28', after: '7' },
      { field: 'value', before: '2', after: null },
    ],
  },
  {
    why: 'lists',
    before: { allowedOrigins: [] },
    after: { allowedOrigins: ['https://a.example', 'https://b.example'] },
    changes: [{ field: 'allowedOrigins', before: '', after: 'https://a.example, https://b.example' }],
  },
])('$why', ({ before, after, changes }) => expect(fieldChanges(before, after)).toEqual(changes));

it('shows of a secret that it changed, and nothing of it', () => {
  const one = { token: { keyId: 'k', ciphertext: 'abc' } };
  const other = { token: { keyId: 'k', ciphertext: 'def' } };
  const options = { secrets: ['token'] };
  expect(fieldChanges(one, other, options)).toEqual([{ field: 'token', before: HIDDEN, after: HIDDEN }]);
  expect(fieldChanges(one, { ...one }, options)).toEqual([]);
  expect(JSON.stringify(fieldChanges(undefined, other, options))).not.toContain('def');
});

it('leaves out what is no setting, and cuts what is very long', () => {
  const changes = fieldChanges({}, { version: 2, name: 'x'.repeat(900) }, { without: ['version'] });
  expect(changes.map(({ field, after }) => [field, after?.length])).toEqual([['name', 500]]);
});
