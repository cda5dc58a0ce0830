import { Button, Divider, Group, Popover, Stack, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCalendar } from '@tabler/icons-react';
import { useState } from 'react';
import { DEFAULT_PERIOD, PERIOD_WORDS, PERIODS, type PeriodSearch } from './period';

interface PeriodSelectProps {
  readonly value: PeriodSearch;
  readonly onChange: (period: PeriodSearch) => void;
}

/** "Last 7 days", or days of one's own: kept in the address by the page. */
export function PeriodSelect({ value, onChange }: PeriodSelectProps) {
  const [isOpen, { toggle, close }] = useDisclosure();
  const { period = DEFAULT_PERIOD, from, to } = value;
  const isOwn = from !== undefined || to !== undefined;
  const choose = (chosen: PeriodSearch): void => {
    onChange(chosen);
    close();
  };
  return (
    <Popover opened={isOpen} onDismiss={close} position="bottom-end" trapFocus shadow="md">
      <Popover.Target>
        <Button variant="default" leftSection={<IconCalendar size={16} stroke={1.6} />} onClick={toggle}>
          {isOwn ? `${from ?? '…'} – ${to ?? 'now'}` : PERIOD_WORDS[period]}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Period">
        <Stack gap={4}>
          {PERIODS.map((name) => (
            <Button
              key={name}
              variant={!isOwn && name === period ? 'light' : 'subtle'}
              color={!isOwn && name === period ? 'indigo' : 'gray'}
              justify="flex-start"
              aria-pressed={!isOwn && name === period}
              onClick={() => choose({ period: name })}
            >
              {PERIOD_WORDS[name]}
            </Button>
          ))}
          <Divider my={4} />
          <OwnDays from={from ?? ''} to={to ?? ''} choose={choose} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

interface OwnDaysProps {
  readonly from: string;
  readonly to: string;
  readonly choose: (period: PeriodSearch) => void;
}

function OwnDays({ from: first, to: last, choose }: OwnDaysProps) {
  const [from, setFrom] = useState(first);
  const [to, setTo] = useState(last);
  const isBackwards = from !== '' && to !== '' && from > to;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBackwards) choose({ ...(from === '' ? {} : { from }), ...(to === '' ? {} : { to }) });
      }}
    >
      <Group gap="xs" align="flex-start" wrap="nowrap">
        <TextInput
          type="date"
          label="From"
          size="xs"
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          type="date"
          label="To, included"
          size="xs"
          value={to}
          error={isBackwards ? 'Ends before it begins' : undefined}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
      </Group>
      <Button type="submit" size="xs" mt="xs" fullWidth variant="default">
        Show these days
      </Button>
    </form>
  );
}
