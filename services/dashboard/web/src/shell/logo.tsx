import { Group, Text } from '@mantine/core';

export function Logo({ isLarge = false }: { isLarge?: boolean }) {
  const size = isLarge ? 32 : 24;
  return (
    <Group gap={8} wrap="nowrap">
      <img src="/favicon.svg" width={size} height={size} alt="" />
      <Text fw={700} size={isLarge ? 'xl' : 'md'} {...(isLarge ? {} : { visibleFrom: 'xs' as const })}>
        Clickjoin
      </Text>
    </Group>
  );
}
