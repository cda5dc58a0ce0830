import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import classes from './copy-field.module.css';

/** Text to be carried elsewhere: an address, a snippet, a request. Wraps, so that a phone needs no sideways scroll. */
export function CopyField({
  value,
  label,
  isTall = false,
}: {
  value: string;
  label: string;
  isTall?: boolean;
}) {
  return (
    <div className={classes['field']}>
      <pre className={classes['text']} data-tall={isTall || undefined} tabIndex={0} aria-label={label}>
        {value}
      </pre>
      <CopyIcon value={value} label={label} />
    </div>
  );
}

export function CopyIcon({ value, label }: { value: string; label: string }) {
  return (
    <CopyButton value={value} timeout={1500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : 'Copy'}>
          <ActionIcon
            variant="subtle"
            color="gray"
            onClick={copy}
            aria-label={copied ? `${label}: copied` : `Copy ${label}`}
          >
            {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
