import { Alert, Button, Group, Paper, PasswordInput, Stack, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { api } from '../../api/client';
import { useSubmit } from '../../api/form';

const TOGGLE = { 'aria-label': 'Show the password', tabIndex: 0 };

export function PasswordForm() {
  const form = useForm({
    initialValues: { currentPassword: '', newPassword: '', repeated: '' },
    validate: {
      currentPassword: (password) => (password === '' ? 'Enter the password you have now' : null),
      newPassword: (password) =>
        password.length >= 8 && password.length <= 200 ? null : 'From 8 to 200 characters',
      repeated: (password, { newPassword }) => (password === newPassword ? null : 'The two differ'),
    },
  });
  const { submit, isSending, problem } = useSubmit({
    form,
    send: ({ currentPassword, newPassword }) =>
      api.PUT('/v1/password', { body: { currentPassword, newPassword } }),
    done: () => {
      form.reset();
      notifications.show({
        color: 'green',
        message: 'The password is changed. All other sessions have ended.',
      });
    },
  });
  return (
    <Paper component="section" aria-label="Password">
      <Title order={2} mb="md">
        Password
      </Title>
      <form onSubmit={form.onSubmit(submit)} noValidate>
        <Stack maw={420}>
          <PasswordInput
            label="Password now"
            autoComplete="current-password"
            visibilityToggleButtonProps={TOGGLE}
            {...form.getInputProps('currentPassword')}
          />
          <PasswordInput
            label="New password"
            description="At least 8 characters."
            autoComplete="new-password"
            visibilityToggleButtonProps={TOGGLE}
            {...form.getInputProps('newPassword')}
          />
          <PasswordInput
            label="New password once more"
            autoComplete="new-password"
            visibilityToggleButtonProps={TOGGLE}
            {...form.getInputProps('repeated')}
          />
          {problem !== undefined && (
            <Alert color="red" variant="light" role="alert">
              {problem}
            </Alert>
          )}
          <Group>
            <Button type="submit" loading={isSending}>
              Change the password
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
