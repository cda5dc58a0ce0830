import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { TitleOf } from '../display/title-of';
import { PixelForm } from '../settings/pixels/pixel-form';
import { PixelTest } from '../settings/pixels/pixel-test';
import { pixelsQuery } from '../settings/pixels/pixels-query';
import { useSiteId } from '../sites/sites-query';

export function PixelStep() {
  const siteId = useSiteId();
  const { data } = useQuery(pixelsQuery);
  const pixel = data?.items.find((one) => one.siteId === siteId);
  if (pixel === undefined) return <PixelForm siteId={siteId} done={() => undefined} />;
  return (
    <Stack gap="sm">
      <Text size="sm">
        <TitleOf name={pixel.name} fw={600} /> is saved. Send it one test event, which does not count, to see
        that code and token belong together.
      </Text>
      <PixelTest pixel={pixel} />
    </Stack>
  );
}
