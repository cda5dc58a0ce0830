import { Alert, Stack, Text } from '@mantine/core';
import { IconPlayerPause } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { AnchorTo } from '../display/links';
import { TitleOf } from '../display/title-of';
import { pixelsQuery } from '../settings/pixels/pixels-query';
import { useSiteId } from '../sites/sites-query';

/** Why nothing goes out, said where one looks for it. */
export function PausedPixels() {
  const siteId = useSiteId();
  const { data } = useQuery(pixelsQuery);
  const paused = (data?.items ?? []).filter(
    (pixel) => pixel.siteId === siteId && (pixel.isPaused || pixel.delivery?.state === 'paused'),
  );
  if (paused.length === 0) return null;
  return (
    <Stack gap="xs" mb="md">
      {paused.map(({ pixelId, name, delivery }) => (
        <Alert
          key={pixelId}
          color="yellow"
          variant="light"
          icon={<IconPlayerPause size={18} />}
          title={
            <>
              <TitleOf name={name} /> is paused: its deliveries wait
            </>
          }
        >
          <Text size="sm">
            {delivery?.reason === 'refused'
              ? (delivery.explanation ?? delivery.message)
              : 'Somebody paused it by hand.'}{' '}
            <AnchorTo to="/sites/$siteId/settings/pixels" params={{ siteId }} size="sm" underline="always">
              To the pixel
            </AnchorTo>
          </Text>
        </Alert>
      ))}
    </Stack>
  );
}
