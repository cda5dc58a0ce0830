import { Text } from '@mantine/core';
import { TitleOf } from '../display/title-of';
import { FINDING_STATES } from '../display/words';
import { StatePill } from '../display/state-pill';
import type { Finding } from './checklist-query';
import classes from './finding-details.module.css';

/** Of each bot, channel, pixel or service. One alone says no more than the finding itself. */
export function FindingDetails({ details }: { details: Finding['details'] }) {
  if (details.length === 0) return null;
  return (
    <ul className={classes['details']}>
      {details.map(({ kind, id, name, state, explanation }) => (
        <li key={`${kind} ${id}`}>
          <StatePill word={{ ...FINDING_STATES[state], label: '' }} />
          <Text size="sm" component="span">
            <TitleOf name={name} fw={500} maw={220} /> <span className={classes['said']}>{explanation}</span>
          </Text>
        </li>
      ))}
    </ul>
  );
}
