import { Accordion, Grid, Modal, NumberInput, Radio, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm, type UseFormReturnType } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client';
import { useSubmit } from '../../api/form';
import { choicesQuery } from '../../api/choices';
import { FormEnd } from '../../display/form-end';
import { TitleOf } from '../../display/title-of';
import { EVENT_TYPES } from '../../display/words';
import { CHANNEL_RULES, setupOf, valuesOf, type ChannelValues } from './channel-form';
import type { Channel } from './channels-query';
import { EventPreview } from './event-preview';
import { LinkModeFields } from './link-mode-fields';
import { PublicChannelWarning } from './public-channel-warning';

interface ChannelDialogProps {
  readonly channel: Channel;
  readonly siteId: string;
  readonly close: () => void;
}

/** Setup and Edit: what a join of this channel is reported as, and how visitors come in. */
export function ChannelDialog({ channel, siteId, close }: ChannelDialogProps) {
  const queries = useQueryClient();
  const form = useForm<ChannelValues>({ initialValues: valuesOf(channel), validate: CHANNEL_RULES });
  const { submit, isSending, problem } = useSubmit({
    form,
    send: (values) =>
      dataOf(
        api.PUT('/v1/channels/{chatId}', {
          params: { path: { chatId: channel.chatId } },
          body: setupOf(siteId, values, channel.attribution.toleranceMs),
        }),
      ),
    done: () => {
      void queries.invalidateQueries({ queryKey: ['channels'] });
      void queries.invalidateQueries({ queryKey: ['checklist'] });
      notifications.show({
        message: 'The channel is saved. It counts for joins from now on.',
        color: 'green',
      });
      close();
    },
  });
  return (
    <Modal
      opened
      onClose={close}
      size="lg"
      title={
        <Text fw={650} component="span">
          {channel.status === 'configured' ? 'Edit' : 'Set up'} <TitleOf name={channel.title} fw={650} />
        </Text>
      }
    >
      <form onSubmit={form.onSubmit(submit)} noValidate>
        <Stack gap="lg">
          {channel.isPublic && <PublicChannelWarning channel={channel} />}
          <EventFields form={form} channel={channel} />
          <EventPreview channel={channel} siteId={siteId} values={form.values} />
          <Accordion variant="separated" chevronPosition="left">
            <Accordion.Item value="way">
              <Accordion.Control>How visitors come in, and how long a click counts</Accordion.Control>
              <Accordion.Panel>
                <LinkModeFields form={form} channel={channel} />
              </Accordion.Panel>
            </Accordion.Item>
          </Accordion>
          <FormEnd problem={problem} isSending={isSending} submit="Save" cancel={close} />
        </Stack>
      </form>
    </Modal>
  );
}

function EventFields({ form, channel }: { form: UseFormReturnType<ChannelValues>; channel: Channel }) {
  const { data: choices } = useQuery(choicesQuery);
  const isCustom = form.values.eventType === 'Custom';
  return (
    <Stack>
      <Radio.Group label="Report each join as" {...form.getInputProps('eventType')}>
        <Stack gap={6} mt={6}>
          {(choices?.eventTypes ?? []).map(({ eventType, hint }) => (
            <Radio key={eventType} value={eventType} label={EVENT_TYPES[eventType]} description={hint} />
          ))}
        </Stack>
      </Radio.Group>
      {isCustom && (
        <TextInput
          label="Name of the custom event"
          placeholder="VipJoin"
          withAsterisk
          {...form.getInputProps('customEventName')}
        />
      )}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, xs: 4 }}>
          <NumberInput
            label="Value of a join"
            placeholder="None"
            min={0}
            decimalScale={2}
            {...form.getInputProps('value')}
          />
        </Grid.Col>
        <Grid.Col span={{ base: 12, xs: 3 }}>
          <Select
            label="Currency"
            data={choices?.currencies ?? [form.values.currency]}
            searchable
            allowDeselect={false}
            {...form.getInputProps('currency')}
          />
        </Grid.Col>
        <Grid.Col span={{ base: 12, xs: 5 }}>
          <TextInput
            label="Content name"
            placeholder={channel.title}
            maxLength={200}
            {...form.getInputProps('contentName')}
          />
        </Grid.Col>
      </Grid>
      <TextInput
        label="Address of the tracked link"
        description="Visitors come in at /c/ and this. Your landing page's join buttons point there."
        leftSection={
          <Text size="sm" c="dimmed">
            /c/
          </Text>
        }
        leftSectionWidth={36}
        withAsterisk
        {...form.getInputProps('slug')}
      />
    </Stack>
  );
}
