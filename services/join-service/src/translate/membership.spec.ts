import fc from 'fast-check';
import { Fields } from './fields';
import { isIn, membershipChange } from './membership';
import { translate } from './translate';
import { BOT_ID, memberChange, PERSON } from './updates.fixture';

/** Every state that a person can be in. */
const STATES = [
  { status: 'left' },
  { status: 'kicked', until_date: 0 },
  { status: 'restricted', is_member: false },
  { status: 'restricted', is_member: true },
  { status: 'member' },
  { status: 'administrator' },
  { status: 'creator' },
] as const;

const states = fc.array(fc.constantFrom(...STATES), { minLength: 2, maxLength: 40 });
const pairs = <T>(all: readonly T[]): (readonly [T, T])[] =>
  all.slice(1).map((after, index) => [all[index] as T, after]);
const fields = (state: object): Fields => Fields.of({ user: PERSON, ...state }, 'member');

/** In or out, told otherwise than by the code: by the events so far. */
function expectAlternation(changes: readonly string[], startsIn: boolean, endsIn: boolean): void {
  const [joined, left] = ['joined', 'left'];
  changes.forEach((change, index) => {
    expect(change).toBe((index % 2 === 0) === startsIn ? left : joined);
  });
  const balance =
    changes.filter((change) => change === joined).length - changes.filter((change) => change === left).length;
  expect(Number(startsIn) + balance).toBe(Number(endsIn));
}

describe('for any sequence of states', () => {
  it('changes of membership alternate, and their count matches', () => {
    fc.assert(
      fc.property(states, (sequence) => {
        const changes = pairs(sequence)
          .map(([before, after]) => membershipChange(fields(before), fields(after)))
          .filter((change) => change !== 'unchanged');
        expectAlternation(changes, isIn(fields(sequence[0]!)), isIn(fields(sequence.at(-1)!)));
      }),
      { numRuns: 500 },
    );
  });

  it('so do the published joins and leaves of somebody who never comes in as an administrator', () => {
    const outside = new Set<string>(['left', 'kicked']);
    const appointed = ([before, after]: readonly [
      (typeof STATES)[number],
      (typeof STATES)[number],
    ]): boolean =>
      (outside.has(before.status) || ('is_member' in before && !before.is_member)) &&
      (after.status === 'administrator' || after.status === 'creator');
    fc.assert(
      fc.property(
        states.filter((sequence) => !pairs(sequence).some(appointed)),
        (sequence) => {
          const published = pairs(sequence).flatMap(([before, after], index) => {
            const update = memberChange({
              date: 1_788_000_000 + index,
              old_chat_member: { user: PERSON, ...before },
              new_chat_member: { user: PERSON, ...after },
            });
            const translation = translate(String(BOT_ID), update);
            return translation.kind === 'events' ? translation.events : [];
          });
          expectAlternation(
            published.map(({ type }) => (type === 'JoinReceived' ? 'joined' : 'left')),
            isIn(fields(sequence[0]!)),
            isIn(fields(sequence.at(-1)!)),
          );
          const ids = published.flatMap(({ type, event }) => (type === 'JoinReceived' ? [event.joinId] : []));
          expect(new Set(ids).size).toBe(ids.length);
        },
      ),
      { numRuns: 500 },
    );
  });
});
