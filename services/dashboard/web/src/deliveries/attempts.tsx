import { Group, Stack, Text } from '@mantine/core';
import { CopyField } from '../display/copy-field';
import { duration } from '../display/format';
import { Moment } from '../display/moment';
import { StatePill } from '../display/state-pill';
import { VERDICTS } from '../display/words';
import type { DeliveryDetail } from './deliveries-query';
import classes from './attempts.module.css';

type Attempt = DeliveryDetail['attempts'][number];

/** The newest first: it is the one that one came for. */
export function Attempts({ attempts }: { attempts: readonly Attempt[] }) {
  if (attempts.length === 0)
    return (
      <Text size="sm" c="dimmed">
        None yet.
      </Text>
    );
  return (
    <ol className={classes['attempts']} reversed>
      {attempts.toReversed().map((attempt) => (
        <li key={attempt.number}>
          <AttemptCard attempt={attempt} />
        </li>
      ))}
    </ol>
  );
}

function AttemptCard({ attempt }: { attempt: Attempt }) {
  const { number, startedAt, durationMs, verdict, explanation } = attempt;
  return (
    <Stack gap={6}>
      <Group justify="space-between" gap="xs">
        <Group gap="sm">
          <Text size="sm" fw={600}>
            No. {number}
          </Text>
          <StatePill word={VERDICTS[verdict]} />
        </Group>
        <Text size="xs" c="dimmed">
          <Moment at={startedAt} /> · took {duration(durationMs)}
        </Text>
      </Group>
      <Text size="sm">{explanation}</Text>
      <CopyField label={`Answer to attempt ${number}`} value={answerOf(attempt)} />
    </Stack>
  );
}

/** What TikTok said, as it said it. */
function answerOf({ httpStatus, code, message, requestId }: Attempt): string {
  if (httpStatus === null) return message ?? 'No answer.';
  return [
    `HTTP ${httpStatus}`,
    code === null ? 'no return code in the answer' : `code ${code}`,
    ...(message === null ? [] : [`message ${message}`]),
    ...(requestId === null ? [] : [`request_id ${requestId}`]),
  ].join('\n');
}
