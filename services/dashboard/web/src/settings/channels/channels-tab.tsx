import { Button, Code, Group, Paper, Stack, Text } from '@mantine/core';
import { IconBrandTelegram } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CopyIcon } from '../../display/copy-field';
import { share } from '../../display/format';
import { ButtonTo } from '../../display/links';
import { RowsTable, type Column } from '../../display/rows-table';
import { StatePill } from '../../display/state-pill';
import { TitleOf } from '../../display/title-of';
import { useSiteId } from '../../sites/sites-query';
import { Empty, Loaded } from '../../states/states';
import { botsQuery } from '../bots/bots-query';
import { ChannelDialog } from './channel-dialog';
import { channelsQuery, type Channel } from './channels-query';

/** C1–C3: channels appear by themselves; each is set up, or edited, from its row. */
export function ChannelsTab() {
  const siteId = useSiteId();
  const channels = useQuery(channelsQuery);
  const [chosen, choose] = useState<string>();
  const dialog = channels.data?.items.find(({ chatId }) => chatId === chosen);
  return (
    <>
      <Loaded query={channels}>
        {({ items }) => {
          // What was only detected belongs to no site yet, so every site offers it.
          const shown = items.filter((channel) => channel.siteId === siteId || channel.siteId === null);
          const elsewhere = items.length - shown.length;
          return (
            <Stack>
              <Paper p={0} style={{ overflowX: 'auto' }}>
                {shown.length === 0 ? <NoChannels /> : <ChannelsTable channels={shown} choose={choose} />}
              </Paper>
              {shown.length > 0 && (
                <Text size="sm" c="dimmed">
                  Another channel appears here by itself once your bot is its administrator.
                </Text>
              )}
              {elsewhere > 0 && (
                <Text size="sm" c="dimmed">
                  {elsewhere === 1 ? 'One channel belongs' : `${elsewhere} channels belong`} to other sites.
                </Text>
              )}
            </Stack>
          );
        }}
      </Loaded>
      {dialog && <ChannelDialog channel={dialog} siteId={siteId} close={() => choose(undefined)} />}
    </>
  );
}

function ChannelsTable({
  channels,
  choose,
}: {
  channels: readonly Channel[];
  choose: (chatId: string) => void;
}) {
  const columns: readonly Column<Channel>[] = [
    { name: 'Channel', isHead: true, cell: (channel) => <ChannelName channel={channel} /> },
    {
      name: 'Reported as',
      cell: ({ status, tiktokEventName, value, currency }) =>
        status === 'detected' ? (
          <Text size="sm" c="dimmed">
            {tiktokEventName}, once set up
          </Text>
        ) : (
          <span>
            {tiktokEventName}
            {value === null ? '' : ` · ${value} ${currency}`}
          </span>
        ),
    },
    {
      name: 'Tracked link',
      cell: ({ clickUrl, slug }) =>
        clickUrl === null ? (
          '—'
        ) : (
          <Group gap={2} wrap="nowrap" justify="flex-end" display="inline-flex">
            <Code style={{ whiteSpace: 'nowrap' }}>/c/{slug}</Code>
            <CopyIcon value={clickUrl} label="the tracked link" />
          </Group>
        ),
    },
    {
      name: 'Link share',
      isFigure: true,
      cell: ({ linkShare }) => share(linkShare.withOwnLink, linkShare.joins),
    },
    { name: 'State', cell: (channel) => <ChannelState channel={channel} /> },
    {
      name: 'Action',
      cell: ({ chatId, status, title }) => (
        <Button
          size="xs"
          variant={status === 'detected' ? 'filled' : 'default'}
          onClick={() => choose(chatId)}
          aria-label={`${status === 'detected' ? 'Setup' : 'Edit'} ${title}`}
        >
          {status === 'detected' ? 'Setup' : 'Edit'}
        </Button>
      ),
    },
  ];
  return <RowsTable label="Channels" columns={columns} rows={channels} keyOf={({ chatId }) => chatId} />;
}

function ChannelName({ channel: { title, isPublic, username, type } }: { channel: Channel }) {
  return (
    <Stack gap={0} align="flex-start">
      <TitleOf name={title} fw={500} />
      <Text size="xs" c="dimmed">
        {isPublic ? `Public ${type}${username === null ? '' : ` · @${username}`}` : `Private ${type}`}
      </Text>
    </Stack>
  );
}

function ChannelState({ channel }: { channel: Channel }) {
  if (!channel.bots.some(({ isAdmin, canInvite }) => isAdmin && canInvite))
    return (
      <StatePill
        word={{
          label: 'Right missing',
          tone: 'bad',
          hint: 'No bot of yours may invite people there, so no links can be made.',
        }}
        withHint
      />
    );
  if (channel.status === 'detected') return <StatePill word={{ label: 'Detected', tone: 'accent' }} />;
  if (channel.isPublic && channel.linkMode !== 'bot-start-link')
    return (
      <StatePill
        word={{
          label: 'Public',
          tone: 'warn',
          hint: 'Many joins will carry no link. Edit shows the ways out.',
        }}
        withHint
      />
    );
  return <StatePill word={{ label: 'Set up', tone: 'good' }} />;
}

function NoChannels() {
  const siteId = useSiteId();
  const { data: bots } = useQuery(botsQuery);
  const bot = bots?.items[0];
  if (bots !== undefined && bot === undefined)
    return (
      <Empty
        title="First a bot, then channels"
        action={
          <ButtonTo to="/sites/$siteId/settings/bots" params={{ siteId }}>
            Add a bot
          </ButtonTo>
        }
      >
        A Telegram bot watches your channels and makes their invite links. Channels appear here by themselves
        once it is their administrator.
      </Empty>
    );
  return (
    <Empty
      title="No channels yet"
      icon={<IconBrandTelegram size={22} stroke={1.6} />}
      action={
        bot && (
          <Button component="a" href={bot.addToChannelUrl} target="_blank" rel="noreferrer">
            Add @{bot.username} to a channel
          </Button>
        )
      }
    >
      Make the bot an administrator of your channel, with the right to invite people. The channel appears here
      by itself.
    </Empty>
  );
}
