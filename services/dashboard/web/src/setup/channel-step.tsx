import { Button, Group, List, Stack, Text } from '@mantine/core';
import { IconBrandTelegram } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CopyIcon } from '../display/copy-field';
import { StatePill } from '../display/state-pill';
import { TitleOf } from '../display/title-of';
import { botsQuery } from '../settings/bots/bots-query';
import { ChannelDialog } from '../settings/channels/channel-dialog';
import { channelsQuery, type Channel } from '../settings/channels/channels-query';
import { useSiteId } from '../sites/sites-query';
import { Watching } from './watching';

export function ChannelStep() {
  const siteId = useSiteId();
  const bot = useQuery(botsQuery).data?.items[0];
  // Telegram's report of the new administrator comes by itself; asking too costs little and misses nothing.
  const { data } = useQuery({ ...channelsQuery, refetchInterval: 3_000 });
  const [chosen, choose] = useState<string>();
  const channels = (data?.items ?? []).filter((one) => one.siteId === null || one.siteId === siteId);
  const dialog = channels.find(({ chatId }) => chatId === chosen);
  if (bot === undefined) return <Text size="sm">First connect a bot.</Text>;
  return (
    <Stack gap="md">
      <List size="sm" type="ordered" spacing={4}>
        <List.Item>Open Telegram with the button, and choose your channel.</List.Item>
        <List.Item>
          Confirm the administrator right <b>Invite Users via Link</b>; it needs no other.
        </List.Item>
        <List.Item>Come back here: the channel appears below by itself.</List.Item>
      </List>
      <Group gap="xs">
        <Button
          component="a"
          href={bot.addToChannelUrl}
          target="_blank"
          rel="noreferrer"
          leftSection={<IconBrandTelegram size={18} stroke={1.6} />}
        >
          Add @{bot.username} to a channel
        </Button>
        <CopyIcon value={bot.addToChannelUrl} label="the link, to open it on the phone" />
      </Group>
      {channels.length === 0 ? (
        <Watching>Waiting for your channel…</Watching>
      ) : (
        <Stack gap="xs">
          {channels.map((channel) => (
            <FoundChannel key={channel.chatId} channel={channel} choose={choose} />
          ))}
        </Stack>
      )}
      {dialog && <ChannelDialog channel={dialog} siteId={siteId} close={() => choose(undefined)} />}
    </Stack>
  );
}

function FoundChannel({ channel, choose }: { channel: Channel; choose: (chatId: string) => void }) {
  const { chatId, title, bots, status, tiktokEventName } = channel;
  const canInvite = bots.some((bot) => bot.isAdmin && bot.canInvite);
  return (
    <Group justify="space-between" gap="sm" wrap="nowrap">
      <div style={{ minWidth: 0 }}>
        <TitleOf name={title} fw={600} />
        <Text size="sm" component="div">
          {canInvite ? (
            <StatePill
              word={
                status === 'configured'
                  ? { label: `Reported as ${tiktokEventName}`, tone: 'good' }
                  : { label: 'Found', tone: 'accent' }
              }
            />
          ) : (
            <StatePill word={{ label: 'The right to invite is missing', tone: 'bad' }} />
          )}
        </Text>
      </div>
      <Button
        variant={status === 'configured' ? 'default' : 'filled'}
        onClick={() => choose(chatId)}
        aria-label={`${status === 'configured' ? 'Edit' : 'Setup'} ${title}`}
      >
        {status === 'configured' ? 'Edit' : 'Setup'}
      </Button>
    </Group>
  );
}
