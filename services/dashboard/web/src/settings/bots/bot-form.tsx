import { Alert, Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client';
import { useSubmit } from '../../api/form';
import type { Bot } from './bots-query';

interface BotFormProps {
  readonly done: (bot: Bot) => void;
  readonly cancel?: () => void;
  readonly label?: string;
}

const TOKEN = /^\d{1,16}:[A-Za-z0-9_-]{1,200}$/;

/** The token is checked with Telegram before it is kept. */
export function BotForm({ done, cancel, label = 'Check and add' }: BotFormProps) {
  const queries = useQueryClient();
  const form = useForm({
    initialValues: { token: '' },
    validate: {
      token: (token) =>
        TOKEN.test(token.trim())
          ? null
          : 'A bot token looks like 1234567890:AAE… — copy it whole from @BotFather',
    },
  });
  const { submit, isSending, problem } = useSubmit({
    form,
    send: ({ token }) => dataOf(api.POST('/v1/bots', { body: { token: token.trim() } })),
    done: (bot) => {
      void queries.invalidateQueries({ queryKey: ['bots'] });
      void queries.invalidateQueries({ queryKey: ['checklist'] });
      form.reset();
      done(bot);
    },
  });
  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <PasswordInput
          label="Bot token"
          description="In Telegram, write /newbot to @BotFather and copy the token that it answers. Kept sealed; never shown again."
          placeholder="1234567890:AAE…"
          autoComplete="off"
          visibilityToggleButtonProps={{ 'aria-label': 'Show the token', tabIndex: 0 }}
          {...form.getInputProps('token')}
        />
        {problem !== undefined && (
          <Alert color="red" variant="light" role="alert" py="xs">
            {problem}
          </Alert>
        )}
        <Group>
          <Button type="submit" loading={isSending}>
            {label}
          </Button>
          {cancel && (
            <Button variant="default" onClick={cancel}>
              Cancel
            </Button>
          )}
          {isSending && (
            <Text size="sm" c="dimmed">
              Asking Telegram…
            </Text>
          )}
        </Group>
      </Stack>
    </form>
  );
}
