import {
  DELIVERY_STATES as STATES,
  EVENT_TYPES as TYPES,
  ORGANIC_REASONS as REASONS,
  VERDICTS as VERDICT_NAMES,
} from '@clickjoin/contracts';
import { DELIVERY_STATES, EVENT_TYPES, ORGANIC_REASONS, VERDICTS } from './words';

it.each([
  { name: 'state', words: DELIVERY_STATES, keys: STATES },
  { name: 'verdict', words: VERDICTS, keys: VERDICT_NAMES },
  { name: 'reason', words: ORGANIC_REASONS, keys: REASONS },
  { name: 'event type', words: EVENT_TYPES, keys: TYPES },
])('there is a word for each $name of the contracts', ({ words, keys }) =>
  expect(Object.keys(words).sort()).toEqual([...keys].sort()),
);
