import { Alert, List, Text } from '@mantine/core';
import { IconWorld } from '@tabler/icons-react';
import { count, share } from '../../display/format';
import type { Channel } from './channels-query';

/** J3: says what public costs, with the channel's own figures, and the ways out. */
export function PublicChannelWarning({ channel: { linkShare } }: { channel: Channel }) {
  return (
    <Alert color="yellow" variant="light" icon={<IconWorld size={18} />} title="This channel is public">
      <Text size="sm">
        Telegram often leaves the invite link out of joins of public channels, so people from your ads come
        out as organic.{' '}
        {linkShare.joins === 0
          ? 'Nobody has joined in the last 30 days, so there is no figure for this channel.'
          : `In 30 days, ${share(linkShare.withOwnLink, linkShare.joins)} of its ${count(linkShare.joins)} joins carried a tracked link.`}
      </Text>
      <Text size="sm" mt={6} fw={500}>
        Ways out, best first
      </Text>
      <List size="sm" mt={2}>
        <List.Item>Make the channel private in Telegram: every join then brings its link.</List.Item>
        <List.Item>Lead visitors through the bot (below): works without any link.</List.Item>
        <List.Item>Use links with join requests.</List.Item>
      </List>
    </Alert>
  );
}
