import {
  Alert,
  Button,
  Code,
  Group,
  Modal,
  Paper,
  Radio,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { IconPlus } from '@tabler/icons-react';
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, dataOf } from '../../api/client';
import { useSubmit } from '../../api/form';
import type { components } from '../../api/schema';
import { CopyField } from '../../display/copy-field';
import { Ago, Moment } from '../../display/moment';
import { RowsTable } from '../../display/rows-table';
import { FormEnd } from '../../display/form-end';
import { TitleOf } from '../../display/title-of';
import { Loaded } from '../../states/states';

type ApiToken = components['schemas']['ApiTokenView'];

const apiTokensQuery = queryOptions({
  queryKey: ['api-tokens'],
  queryFn: () => dataOf(api.GET('/v1/api-tokens')),
});

const SCOPES = { read: 'Read', write: 'Read and write' };

export function ApiTokens() {
  const tokens = useQuery(apiTokensQuery);
  const [isMaking, setMaking] = useState(false);
  return (
    <Paper component="section" aria-label="API tokens">
      <Group justify="space-between" mb="sm">
        <div>
          <Title order={2}>API tokens</Title>
          <Text size="sm" c="dimmed">
            For programs of yours. Sent as <Code>Authorization: Bearer …</Code>
          </Text>
        </div>
        <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
          New token
        </Button>
      </Group>
      <Loaded query={tokens}>
        {({ items }) =>
          items.length === 0 ? <Text size="sm">There are none.</Text> : <TokensTable tokens={items} />
        }
      </Loaded>
      {isMaking && <NewToken close={() => setMaking(false)} />}
    </Paper>
  );
}

function TokensTable({ tokens }: { tokens: readonly ApiToken[] }) {
  return (
    <RowsTable
      label="API tokens"
      rows={tokens}
      keyOf={({ tokenId }) => tokenId}
      columns={[
        { name: 'Name', isHead: true, cell: ({ name }) => <TitleOf name={name} /> },
        { name: 'May', cell: ({ scope }) => SCOPES[scope] },
        { name: 'Begins with', cell: ({ prefix }) => <Code>{prefix}…</Code> },
        { name: 'Made', cell: ({ createdAt }) => <Moment at={createdAt} /> },
        {
          name: 'Last used',
          cell: ({ lastUsedAt }) => (lastUsedAt === null ? 'Never' : <Ago at={lastUsedAt} />),
        },
        { name: 'Action', cell: (token) => <Revoke token={token} /> },
      ]}
    />
  );
}

function Revoke({ token: { tokenId, name } }: { token: ApiToken }) {
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const revoke = useMutation({
    mutationFn: () => api.DELETE('/v1/api-tokens/{tokenId}', { params: { path: { tokenId } } }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['api-tokens'] }),
    onError: (error) => notifications.show({ color: 'red', message: error.message }),
  });
  return (
    <>
      <Button
        size="compact-sm"
        variant="subtle"
        color="red"
        onClick={() => setAsking(true)}
        aria-label={`Revoke ${name}`}
      >
        Revoke
      </Button>
      <Modal opened={isAsking} onClose={() => setAsking(false)} title="Revoke the token?">
        <Text size="sm">
          Programs that use <TitleOf name={name} fw={600} /> are refused at once.
        </Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setAsking(false)}>
            Cancel
          </Button>
          <Button color="red" loading={revoke.isPending} onClick={() => revoke.mutate()}>
            Revoke
          </Button>
        </Group>
      </Modal>
    </>
  );
}

function NewToken({ close }: { close: () => void }) {
  const queries = useQueryClient();
  const form = useForm<{ name: string; scope: ApiToken['scope'] }>({
    initialValues: { name: '', scope: 'read' },
    validate: { name: (name) => (name.trim() === '' ? 'Say what it is for' : null) },
  });
  const { submit, isSending, problem, mutation } = useSubmit({
    form,
    send: (body) => dataOf(api.POST('/v1/api-tokens', { body })),
    done: () => void queries.invalidateQueries({ queryKey: ['api-tokens'] }),
  });
  return (
    <Modal
      opened
      onClose={close}
      title={<Text fw={650}>New API token</Text>}
      closeOnClickOutside={!mutation.isSuccess}
    >
      {mutation.data ? (
        <Stack>
          <Alert color="green" variant="light" title="Copy it now: it is not shown again" role="status">
            <CopyField label="the token" value={mutation.data.token} />
          </Alert>
          <Group justify="flex-end">
            <Button onClick={close}>Done</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={form.onSubmit(submit)} noValidate>
          <Stack>
            <TextInput
              label="What is it for?"
              placeholder="Nightly report"
              maxLength={100}
              data-autofocus
              {...form.getInputProps('name')}
            />
            <Radio.Group label="It may" {...form.getInputProps('scope')}>
              <Stack gap={6} mt={6}>
                <Radio value="read" label="Read" description="See everything, change nothing." />
                <Radio
                  value="write"
                  label="Read and write"
                  description="Change settings and replay, but no passwords or tokens."
                />
              </Stack>
            </Radio.Group>
            <FormEnd problem={problem} isSending={isSending} submit="Make the token" cancel={close} />
          </Stack>
        </form>
      )}
    </Modal>
  );
}
