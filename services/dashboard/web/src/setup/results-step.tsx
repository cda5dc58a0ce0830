import { Button, Group, List, Stack, Text } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { checklistQuery, type Check } from '../checklist/checklist-query';
import { FindingDetails } from '../checklist/finding-details';
import { FindingIcon } from '../checklist/finding-icon';
import { CopyIcon } from '../display/copy-field';
import { snippetQuery } from '../settings/snippet/snippet-query';
import { useSiteId } from '../sites/sites-query';

const RESULTS = ['first-click', 'first-join', 'first-accepted'] as const satisfies readonly Check['check'][];

export function ResultsStep() {
  const siteId = useSiteId();
  const checks = useQuery(checklistQuery(siteId)).data?.items ?? [];
  const url = useQuery(snippetQuery(siteId)).data?.links[0]?.url;
  const isOver = checks.some(({ check, state }) => check === 'first-accepted' && state === 'ok');
  return (
    <Stack gap="md">
      {!isOver && (
        <>
          <List size="sm" type="ordered" spacing={4}>
            <List.Item>
              Open your tracked link on a phone with Telegram, as a visitor from the ad would.
            </List.Item>
            <List.Item>Join the channel with an account that is not in it yet.</List.Item>
            <List.Item>Watch the three lines below.</List.Item>
          </List>
          {url === undefined ? (
            <Text size="sm" c="dimmed">
              The link is there once a channel is set up.
            </Text>
          ) : (
            <Group gap="xs">
              <Button
                component="a"
                href={`${url}?ttclid=E.C.P.try-it-yourself`}
                target="_blank"
                rel="noreferrer"
                variant="default"
                rightSection={<IconExternalLink size={16} stroke={1.6} />}
              >
                Open the tracked link
              </Button>
              <CopyIcon value={url} label="the tracked link" />
            </Group>
          )}
        </>
      )}
      <Stack gap="sm">
        {RESULTS.map((name) => (
          <Result key={name} check={checks.find(({ check }) => check === name)} />
        ))}
      </Stack>
    </Stack>
  );
}

function Result({ check }: { check: Check | undefined }) {
  if (check === undefined) return null;
  const { check: name, state, title, explanation, advice, details } = check;
  return (
    <Group wrap="nowrap" align="flex-start" gap="sm" data-check={name} data-state={state}>
      <FindingIcon state={state} />
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={600}>
          {title}
        </Text>
        <Text size="sm" c="dimmed">
          {explanation}
        </Text>
        {advice !== null && state !== 'ok' && state !== 'waiting' && <Text size="sm">{advice}</Text>}
        {state === 'problem' && <FindingDetails details={details} />}
      </div>
    </Group>
  );
}
