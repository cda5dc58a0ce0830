import { NativeSelect } from '@mantine/core';

export interface Choice {
  readonly value: string;
  readonly label: string;
}

interface FilterSelectProps {
  readonly label: string;
  /** What the select says when it filters nothing. */
  readonly all: string;
  readonly choices: readonly Choice[];
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}

/** The browser's own select: the best one on a phone, and it weighs nothing. */
export function FilterSelect({ label, all, choices, value, onChange }: FilterSelectProps) {
  return (
    <NativeSelect
      aria-label={label}
      maw={220}
      value={value ?? ''}
      data={[{ value: '', label: all }, ...choices]}
      onChange={({ currentTarget }) => onChange(currentTarget.value === '' ? undefined : currentTarget.value)}
    />
  );
}

export const choicesOf = (words: Readonly<Record<string, string | { readonly label: string }>>): Choice[] =>
  Object.entries(words).map(([value, word]) => ({
    value,
    label: typeof word === 'string' ? word : word.label,
  }));
