import { Alert, Button, Group, Loader, Stack, Text, TextInput } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, dataOf } from '../../api/client';
import { Ago, useNow } from '../../display/moment';
import { StatePill } from '../../display/state-pill';
import { originOf, pageOf } from '../../sites/origin';
import { useSite, useSiteId } from '../../sites/sites-query';
import { snippetQuery, type Snippet } from './snippet-query';

/** What is seen again within a minute is not told again, so one that came just before the test counts too. */
const JUST_BEFORE_MS = 60_000;
const ASK_EVERY_MS = 2_000;
const PATIENCE_MS = 20_000;

/** Opens the landing page in a new tab and says when the script was heard from there. */
export function SnippetTester() {
  const siteId = useSiteId();
  const site = useSite();
  const [typed, setTyped] = useState<string>();
  const [test, setTest] = useState<{ origin: string; startedAt: number }>();
  const { data } = useQuery({ ...snippetQuery(siteId), refetchInterval: test ? ASK_EVERY_MS : false });
  const address = typed ?? site?.allowedOrigins[0] ?? '';
  const page = pageOf(address);
  const [isWrong, setWrong] = useState(false);
  const open = (): void => {
    setWrong(page === undefined);
    if (page === undefined) return;
    setTest({ origin: page.origin, startedAt: Date.now() });
    window.open(page.href, '_blank', 'noopener');
  };
  return (
    <Stack gap="sm">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          open();
        }}
      >
        <Group align="flex-end" gap="sm">
          <TextInput
            label="Address of your landing page"
            placeholder="https://example.com/offer"
            inputMode="url"
            value={address}
            error={isWrong ? 'An address such as https://example.com/offer' : undefined}
            onChange={({ currentTarget }) => {
              setTyped(currentTarget.value);
              setWrong(false);
            }}
            style={{ flex: '1 1 16rem' }}
          />
          <Button type="submit" variant="default" rightSection={<IconExternalLink size={16} stroke={1.6} />}>
            Open and test
          </Button>
        </Group>
      </form>
      {test && <TestState {...test} origins={data?.origins ?? []} />}
      <Heard origins={data?.origins ?? []} />
    </Stack>
  );
}

interface TestStateProps {
  readonly origin: string;
  readonly startedAt: number;
  readonly origins: Snippet['origins'];
}

function TestState({ origin, startedAt, origins }: TestStateProps) {
  const now = useNow();
  const heard = origins.find((one) => one.origin === origin);
  if (heard?.lastSeenAt != null && Date.parse(heard.lastSeenAt) >= startedAt - JUST_BEFORE_MS)
    return (
      <Alert color="green" variant="light" role="status" title="The script works on this page">
        It was heard from {origin}.
      </Alert>
    );
  if (now - startedAt < PATIENCE_MS)
    return (
      <Group gap="sm" role="status">
        <Loader size="xs" />
        <Text size="sm">Waiting for the script on {origin}…</Text>
      </Group>
    );
  return (
    <Alert color="yellow" variant="light" role="status" title="Not heard yet">
      <Text size="sm">
        {heard?.lastSeenAt == null
          ? 'Look whether the page you see holds the snippet (a cache may still show the old page), and whether an ad blocker of yours stops it.'
          : 'The browser asks again only after some minutes. It was heard from this page before.'}
        {heard?.isAllowed === true ? '' : ` ${origin} is not among the allowed addresses of the site.`}
      </Text>
      {heard?.isAllowed !== true && <Allow origin={origin} />}
    </Alert>
  );
}

function Heard({ origins }: { origins: Snippet['origins'] }) {
  if (origins.length === 0) return null;
  return (
    <Stack gap={6} aria-label="Where the script was seen" component="section">
      {origins.map(({ origin, isAllowed, lastSeenAt }) => (
        <Group key={origin} justify="space-between" gap="xs">
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {origin}
          </Text>
          <Group gap="xs">
            {!isAllowed && <Allow origin={origin} />}
            {lastSeenAt === null ? (
              <StatePill word={{ label: 'Never seen', tone: 'calm' }} />
            ) : (
              <Group gap={6}>
                <StatePill
                  word={
                    isAllowed ? { label: 'Seen', tone: 'good' } : { label: 'Seen, not allowed', tone: 'warn' }
                  }
                />
                <Text size="sm" c="dimmed">
                  <Ago at={lastSeenAt} />
                </Text>
              </Group>
            )}
          </Group>
        </Group>
      ))}
    </Stack>
  );
}

function Allow({ origin }: { origin: string }) {
  const site = useSite();
  const queries = useQueryClient();
  const allow = useMutation({
    mutationFn: (allowedOrigins: string[]) =>
      dataOf(
        api.PATCH('/v1/sites/{siteId}', {
          params: { path: { siteId: site?.siteId ?? '' } },
          body: { allowedOrigins },
        }),
      ),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['sites'] });
      void queries.invalidateQueries({ queryKey: ['snippet'] });
    },
  });
  if (site === undefined || site.allowedOrigins.includes(origin) || originOf(origin) !== origin) return null;
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={allow.isPending}
      onClick={() => allow.mutate([...site.allowedOrigins, origin])}
    >
      Allow {origin}
    </Button>
  );
}
