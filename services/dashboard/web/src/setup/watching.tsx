import { Group, Loader, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** Something is waited for, and will show by itself. */
export const Watching = ({ children }: { children: ReactNode }) => (
  <Group gap="sm" role="status" wrap="nowrap">
    <Loader size="xs" />
    <Text size="sm">{children}</Text>
  </Group>
);
