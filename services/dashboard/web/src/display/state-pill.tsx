import { Tooltip } from '@mantine/core';
import type { Word } from './words';
import classes from './state-pill.module.css';

/** A dot and a word: readable without colours. */
export function StatePill({
  word: { label, tone, hint },
  withHint = false,
}: {
  word: Word;
  withHint?: boolean;
}) {
  const pill = (
    <span
      className={classes['pill']}
      data-tone={tone}
      tabIndex={withHint && hint !== undefined ? 0 : undefined}
    >
      <span className={classes['dot']} aria-hidden />
      {label}
    </span>
  );
  return withHint && hint !== undefined ? <Tooltip label={hint}>{pill}</Tooltip> : pill;
}
