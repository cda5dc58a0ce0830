import {
  Alert,
  Button,
  Group,
  Menu,
  ActionIcon,
  Modal,
  NativeSelect,
  Paper,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconBrandTelegram, IconDots, IconPlus, IconRobot } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, dataOf } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { Facts } from '../../display/facts';
import { count } from '../../display/format';
import { Ago } from '../../display/moment';
import { StatePill } from '../../display/state-pill';
import { TitleOf } from '../../display/title-of';
import { Empty, Loaded } from '../../states/states';
import { BotForm } from './bot-form';
import { botsQuery, type Bot } from './bots-query';

/** The bots serve all sites: a channel's links are made by the bot that is in it. */
export function BotsTab() {
  const bots = useQuery(botsQuery);
  const [isAdding, setAdding] = useState(false);
  const form = (
    <Paper>
      <Title order={2} mb="sm">
        Add a bot, or give one its new token
      </Title>
      <BotForm done={() => setAdding(false)} cancel={() => setAdding(false)} />
    </Paper>
  );
  return (
    <Loaded query={bots}>
      {({ items }) => (
        <Stack>
          {items.length === 0 && !isAdding && (
            <Paper p={0}>
              <Empty
                title="No bot yet"
                icon={<IconRobot size={22} stroke={1.6} />}
                action={<Button onClick={() => setAdding(true)}>Add a bot</Button>}
              >
                A Telegram bot watches who joins your channels, and makes an invite link for each visitor.
              </Empty>
            </Paper>
          )}
          {items.map((bot) => (
            <BotCard key={bot.botId} bot={bot} />
          ))}
          {isAdding && form}
          {!isAdding && items.length > 0 && (
            <Group>
              <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
                Add a bot
              </Button>
            </Group>
          )}
        </Stack>
      )}
    </Loaded>
  );
}

const SOURCES = { webhook: 'Webhook', 'long-polling': 'Long polling' };

function BotCard({ bot }: { bot: Bot }) {
  const { username, name, check, addToChannelUrl } = bot;
  const state =
    check === null
      ? ({ label: 'Not looked at yet', tone: 'calm' } as const)
      : check.problems.length === 0
        ? ({ label: 'Updates come in', tone: 'good' } as const)
        : ({ label: 'Problem', tone: 'bad' } as const);
  return (
    <Paper component="section" aria-label={`Bot @${username}`}>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div style={{ minWidth: 0 }}>
          <Title order={2}>@{username}</Title>
          <Text size="sm" c="dimmed">
            <TitleOf name={name} />
          </Text>
        </div>
        <Group gap="xs" wrap="nowrap">
          <StatePill word={state} />
          <BotMenu bot={bot} />
        </Group>
      </Group>
      {check?.problems.map(({ problem, explanation, advice }) => (
        <Alert key={problem} color="red" variant="light" mt="md" title={explanation}>
          {advice}
          {check.message !== null && (
            <Text size="sm" mt={4}>
              Telegram says: {check.message}
            </Text>
          )}
        </Alert>
      ))}
      <Stack mt="md" gap="md">
        <Facts
          facts={[
            ['Updates by', check === null ? '—' : SOURCES[check.updatesBy]],
            [
              'Newest update',
              check?.lastUpdateAt == null ? 'None yet' : <Ago key="last" at={check.lastUpdateAt} />,
            ],
            ['Waiting at Telegram', check?.pendingUpdates == null ? '—' : count(check.pendingUpdates)],
            ['Looked at', check === null ? '—' : <Ago key="checked" at={check.checkedAt} />],
          ]}
        />
        <Group>
          <Button
            component="a"
            href={addToChannelUrl}
            target="_blank"
            rel="noreferrer"
            variant="default"
            size="xs"
            leftSection={<IconBrandTelegram size={16} stroke={1.6} />}
          >
            Add to a channel
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}

function BotMenu({ bot: { botId, username, updatesBy } }: { bot: Bot }) {
  const queries = useQueryClient();
  const [open, setOpen] = useState<'updates' | 'remove'>();
  const path = { botId };
  const say = (message: string): void => {
    void queries.invalidateQueries({ queryKey: ['bots'] });
    setOpen(undefined);
    notifications.show({ color: 'green', message });
  };
  const refuse = (error: Error): void => {
    setOpen(undefined);
    notifications.show({
      color: 'red',
      message: error instanceof ApiProblem ? error.detail : 'It did not work.',
    });
  };
  const rotate = useMutation({
    mutationFn: () => dataOf(api.POST('/v1/bots/{botId}/rotate-webhook-secret', { params: { path } })),
    onSuccess: () => say('The webhook has a new secret.'),
    onError: refuse,
  });
  const change = useMutation({
    mutationFn: (by: Bot['updatesBy']) =>
      dataOf(api.PATCH('/v1/bots/{botId}', { params: { path }, body: { updatesBy: by } })),
    onSuccess: () => say('Saved.'),
    onError: refuse,
  });
  const remove = useMutation({
    mutationFn: () => api.DELETE('/v1/bots/{botId}', { params: { path } }),
    onSuccess: () => say(`@${username} is removed.`),
    onError: refuse,
  });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`More for @${username}`}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setOpen('updates')}>How updates come in…</Menu.Item>
          <Menu.Item onClick={() => rotate.mutate()}>New webhook secret</Menu.Item>
          <Menu.Item color="red" onClick={() => setOpen('remove')}>
            Remove…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={open === 'updates'} onClose={() => setOpen(undefined)} title="How updates come in">
        <NativeSelect
          label="Updates"
          description="By webhook Telegram calls this system; by long polling this system asks Telegram, which needs no public address."
          value={updatesBy ?? ''}
          data={[
            { value: '', label: 'Webhook where there is a public address' },
            { value: 'webhook', label: 'Always by webhook' },
            { value: 'long-polling', label: 'Always by long polling' },
          ]}
          onChange={({ currentTarget: { value } }) =>
            change.mutate(value === '' ? null : (value as Bot['updatesBy']))
          }
        />
      </Modal>
      <Modal opened={open === 'remove'} onClose={() => setOpen(undefined)} title={`Remove @${username}?`}>
        <Text size="sm">
          Its joins are no longer seen, and it makes no more links. A bot that still makes the links of a
          channel is not removed.
        </Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setOpen(undefined)}>
            Cancel
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            Remove
          </Button>
        </Group>
      </Modal>
    </>
  );
}
