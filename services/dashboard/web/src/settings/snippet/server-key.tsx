import { Alert, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client';
import { CopyField } from '../../display/copy-field';
import { useSite } from '../../sites/sites-query';

/** For landing pages whose server reports the click by itself. */
export function ServerKey({ curl }: { curl: string }) {
  const site = useSite();
  const queries = useQueryClient();
  const params = { path: { siteId: site?.siteId ?? '' } };
  const refresh = (): void => void queries.invalidateQueries({ queryKey: ['sites'] });
  const failed = (error: Error): void => {
    notifications.show({ color: 'red', message: error.message });
  };
  const make = useMutation({
    mutationFn: () => dataOf(api.POST('/v1/sites/{siteId}/api-key', { params })),
    onSuccess: refresh,
    onError: failed,
  });
  const remove = useMutation({
    mutationFn: () => api.DELETE('/v1/sites/{siteId}/api-key', { params }),
    onSuccess: () => {
      make.reset();
      refresh();
    },
    onError: failed,
  });
  return (
    <Paper component="section" aria-label="From your server">
      <Title order={2}>From your server</Title>
      <Text size="sm" c="dimmed" mb="sm">
        A server can report the click itself, with the visitor’s address and browser, and gets the link for
        the visitor.
      </Text>
      <Stack gap="sm">
        <CopyField label="an example call" value={curl} isTall />
        {make.data && (
          <Alert
            color="green"
            variant="light"
            title="The key: copy it now, it is not shown again"
            role="status"
          >
            <CopyField label="the key" value={make.data.apiKey} />
          </Alert>
        )}
        <Group gap="xs">
          <Button variant="default" size="xs" loading={make.isPending} onClick={() => make.mutate()}>
            {site?.hasApiKey === true ? 'Make a new key (the old one stops working)' : 'Make a key'}
          </Button>
          {site?.hasApiKey === true && (
            <Button
              variant="subtle"
              color="red"
              size="xs"
              loading={remove.isPending}
              onClick={() => remove.mutate()}
            >
              Take the key away
            </Button>
          )}
        </Group>
      </Stack>
    </Paper>
  );
}
