import { Alert, Button, Group, Modal, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, dataOf } from '../../api/client';
import { useSubmit } from '../../api/form';

/** The right to be forgotten, for one Telegram id, in all services. */
export function ErasePerson() {
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const form = useForm({
    initialValues: { telegramUserId: '' },
    validate: {
      telegramUserId: (id) => (/^[1-9]\d{0,15}$/.test(id.trim()) ? null : 'A Telegram id: digits only'),
    },
  });
  const { submit, isSending, problem } = useSubmit({
    form,
    send: ({ telegramUserId }) =>
      dataOf(api.POST('/v1/erasures', { body: { telegramUserId: telegramUserId.trim() } })),
    done: ({ joins }) => {
      setAsking(false);
      form.reset();
      void queries.invalidateQueries();
      notifications.show({ color: 'green', message: `Forgotten: ${joins} joins now name nobody.` });
    },
  });
  return (
    <Paper component="section" aria-label="Forget a person">
      <Title order={2}>Forget a person</Title>
      <Text size="sm" c="dimmed" mb="sm">
        Erases the Telegram id and what the person’s browser told, in every service. The counts stay.
      </Text>
      <form onSubmit={form.onSubmit(() => setAsking(true))} noValidate>
        <Group align="flex-end">
          <TextInput
            label="Telegram id"
            inputMode="numeric"
            autoComplete="off"
            {...form.getInputProps('telegramUserId')}
          />
          <Button type="submit" variant="default">
            Forget…
          </Button>
        </Group>
      </form>
      <Modal
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={<Text fw={650}>Forget this person?</Text>}
      >
        <Stack>
          <Text size="sm">
            Everything about Telegram id <b>{form.values.telegramUserId}</b> is erased. This can’t be taken
            back.
          </Text>
          {problem !== undefined && (
            <Alert color="red" variant="light" role="alert">
              {problem}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)}>
              Cancel
            </Button>
            <Button color="red" loading={isSending} onClick={() => submit(form.values)}>
              Forget
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Paper>
  );
}
