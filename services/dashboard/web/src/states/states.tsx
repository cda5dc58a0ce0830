import {
  Alert,
  Button,
  Center,
  Group,
  Loader,
  Paper,
  Skeleton,
  Stack,
  Text,
  ThemeIcon,
  Title,
} from '@mantine/core';
import { IconAlertTriangle, IconLock, IconMoodEmpty } from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiProblem } from '../api/problem';

/** Holds the place of what is coming, so that nothing jumps when it is there. */
export function Loading({ rows = 6 }: { rows?: number }) {
  return (
    <Stack gap="sm" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={36} radius="md" />
      ))}
    </Stack>
  );
}

export function PageLoading() {
  return (
    <Center mih="40vh" role="status" aria-label="Loading">
      <Loader size="sm" />
    </Center>
  );
}

interface EmptyProps {
  readonly title: string;
  readonly children: ReactNode;
  /** The next thing to do. */
  readonly action?: ReactNode;
  readonly icon?: ReactNode;
}

/** Nothing is here: why, and what to do next. */
export function Empty({
  title,
  children,
  action,
  icon = <IconMoodEmpty size={22} stroke={1.6} />,
}: EmptyProps) {
  return (
    <Stack align="center" gap="xs" py={48} px="md" ta="center">
      <ThemeIcon size={44} radius="xl" variant="default" aria-hidden>
        {icon}
      </ThemeIcon>
      <Title order={2} size="h3" mt={4}>
        {title}
      </Title>
      <Text c="dimmed" size="sm" maw={460}>
        {children}
      </Text>
      {action !== undefined && <Group mt="xs">{action}</Group>}
    </Stack>
  );
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = error instanceof ApiProblem ? error : undefined;
  if (problem?.status === 403) return <NoPermission detail={problem.detail} />;
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle size={18} />}
      title={problem?.status === 404 ? 'This does not exist' : 'This could not be loaded'}
      role="alert"
    >
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{problem?.detail ?? 'Something unexpected happened in this page.'}</Text>
        {retry && problem?.status !== 404 && (
          <Button size="xs" variant="default" onClick={retry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

export function NoPermission({ detail }: { detail?: string }) {
  return (
    <Paper>
      <Empty title="You may not see this" icon={<IconLock size={22} stroke={1.6} />}>
        {detail ?? 'Your sign-in does not allow it. Ask whoever runs this Clickjoin.'}
      </Empty>
    </Paper>
  );
}

interface LoadedProps<T> {
  readonly query: UseQueryResult<T>;
  readonly loading?: ReactNode;
  readonly children: (data: T) => ReactNode;
}

/** The three faces of a query. Data once shown stays, also while it is read again or that fails. */
export function Loaded<T>({ query, loading = <Loading />, children }: LoadedProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return loading;
}
