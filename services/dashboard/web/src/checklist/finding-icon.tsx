import { IconAlertTriangle, IconCheck, IconCircleDashed, IconHelp, IconX } from '@tabler/icons-react';
import { FINDING_STATES, type FindingState } from '../display/words';
import classes from './finding-icon.module.css';

const ICONS = {
  ok: IconCheck,
  waiting: IconCircleDashed,
  warning: IconAlertTriangle,
  problem: IconX,
  unknown: IconHelp,
} satisfies Record<FindingState, unknown>;

export function FindingIcon({ state }: { state: FindingState }) {
  const Icon = ICONS[state];
  const { label, tone } = FINDING_STATES[state];
  return (
    <span className={classes['icon']} data-tone={tone} role="img" aria-label={label}>
      <Icon size={16} stroke={2.2} aria-hidden />
    </span>
  );
}
