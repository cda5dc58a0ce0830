import { Grid, NumberInput, Radio, Stack } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { ChannelValues, JoinRequests, LinkMode } from './channel-form';
import type { Channel } from './channels-query';

const MODES: Readonly<Record<LinkMode, { label: string; hint: string }>> = {
  'invite-link': {
    label: 'Invite link',
    hint: 'Each visitor gets a link of their own. Best for private channels.',
  },
  'join-request-link': {
    label: 'Invite link with join request',
    hint: 'One more tap for the visitor, and the bot lets them in. For channels that approve members.',
  },
  'bot-start-link': {
    label: 'Through the bot',
    hint: 'The ad leads to the bot, and the bot to the channel. Works for public channels; some people stop at the bot.',
  },
};

const REQUESTS: Readonly<Record<JoinRequests, { label: string; hint: string }>> = {
  off: { label: 'Leave them to the administrators', hint: 'The bot does nothing with join requests.' },
  'approve-tracked': { label: 'Approve those from tracked links', hint: 'Others wait for an administrator.' },
  'approve-all': { label: 'Approve all', hint: 'Whoever asks is let in.' },
};

export function LinkModeFields({
  form,
  channel,
}: {
  form: UseFormReturnType<ChannelValues>;
  channel: Channel;
}) {
  const requests = (Object.keys(REQUESTS) as JoinRequests[]).filter(
    (policy) => policy !== 'off' || form.values.linkMode !== 'join-request-link',
  );
  const policy =
    form.values.linkMode === 'join-request-link' && form.values.joinRequests === 'off'
      ? 'approve-tracked'
      : form.values.joinRequests;
  return (
    <Stack>
      <Radio.Group label="The tracked link leads to" {...form.getInputProps('linkMode')}>
        <Stack gap={6} mt={6}>
          {(Object.keys(MODES) as LinkMode[]).map((mode) => (
            <Radio
              key={mode}
              value={mode}
              label={`${MODES[mode].label}${mode === 'bot-start-link' && channel.isPublic ? ' (recommended here)' : ''}`}
              description={MODES[mode].hint}
            />
          ))}
        </Stack>
      </Radio.Group>
      <Radio.Group label="Join requests" {...form.getInputProps('joinRequests')} value={policy}>
        <Stack gap={6} mt={6}>
          {requests.map((one) => (
            <Radio key={one} value={one} label={REQUESTS[one].label} description={REQUESTS[one].hint} />
          ))}
        </Stack>
      </Radio.Group>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, xs: 6 }}>
          <NumberInput
            label="A click counts for (days)"
            description="A later join is organic."
            placeholder="7"
            decimalScale={3}
            {...form.getInputProps('windowDays')}
          />
        </Grid.Col>
        <Grid.Col span={{ base: 12, xs: 6 }}>
          <NumberInput
            label="A join waits for its click (seconds)"
            description="Before it is called organic."
            placeholder="60"
            {...form.getInputProps('graceSeconds')}
          />
        </Grid.Col>
      </Grid>
    </Stack>
  );
}
