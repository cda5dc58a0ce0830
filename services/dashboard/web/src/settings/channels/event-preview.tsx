import { SegmentedControl, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, dataOf } from '../../api/client';
import { CopyField } from '../../display/copy-field';
import { pixelsQuery } from '../pixels/pixels-query';
import { CHANNEL_RULES, setupOf, type ChannelValues } from './channel-form';
import type { Channel } from './channels-query';

interface EventPreviewProps {
  readonly channel: Channel;
  readonly siteId: string;
  readonly values: ChannelValues;
}

/** The event as it will leave, made by the service that sends it. */
export function EventPreview({ channel, siteId, values }: EventPreviewProps) {
  const { data: pixels } = useQuery(pixelsQuery);
  const [chosen, choose] = useState<'1.0' | '2.0'>();
  const wireFormat = chosen ?? pixels?.items.find((pixel) => pixel.siteId === siteId)?.wireFormat ?? '1.0';
  const [{ eventType, customEventName, value, currency, contentName }] = useDebouncedValue(
    setupOf(siteId, values, null),
    300,
  );
  const isComplete =
    CHANNEL_RULES.customEventName(values.customEventName, values) === null &&
    CHANNEL_RULES.value(values.value) === null;
  const body = {
    chatId: channel.chatId,
    wireFormat,
    channel: {
      eventType,
      title: channel.title,
      ...(customEventName == null ? {} : { customEventName }),
      ...(value == null ? {} : { value }),
      ...(currency == null ? {} : { currency }),
      ...(contentName == null ? {} : { contentName }),
    },
  };
  const preview = useQuery({
    queryKey: ['event-previews', body],
    queryFn: () => dataOf(api.POST('/v1/event-previews', { body })),
    enabled: isComplete && (eventType !== 'Custom' || customEventName != null),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  return (
    <Stack gap={6}>
      <Text
        size="sm"
        fw={500}
        component="div"
        style={{ display: 'flex', justifyContent: 'space-between', alignItems: 'center', gap: 12 }}
      >
        <span>TikTok will get{preview.data === undefined ? '' : ` “${preview.data.eventName}”`}</span>
        <SegmentedControl
          size="xs"
          aria-label="Events API version"
          data={(['1.0', '2.0'] as const).map((version) => ({
            value: version,
            label: `Events API ${version}`,
          }))}
          value={wireFormat}
          onChange={choose}
        />
      </Text>
      <CopyField
        label="Preview of the event"
        value={
          preview.data === undefined
            ? preview.isError
              ? 'No preview at the moment: the dispatcher does not answer.'
              : 'Complete the fields to see the event.'
            : JSON.stringify(preview.data.body, null, 2)
        }
      />
    </Stack>
  );
}
