import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useRouter, useSearch } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '../api/client';
import { useSubmit } from '../api/form';
import { Logo } from '../shell/logo';

export function SignInPage() {
  const { next = '/' } = useSearch({ from: '/sign-in' });
  const router = useRouter();
  const queries = useQueryClient();
  const form = useForm({
    initialValues: { password: '' },
    validate: { password: (value) => (value === '' ? 'Enter the password' : null) },
  });
  const { submit, isSending, problem } = useSubmit({
    form,
    send: (body) => api.POST('/v1/session', { body }),
    done: () => {
      queries.clear();
      router.history.push(next);
    },
  });
  useEffect(() => {
    document.title = 'Sign in · Clickjoin';
  }, []);
  return (
    <Center mih="100dvh" p="md" component="main">
      <Stack w="100%" maw={380} gap="lg">
        <Center>
          <Logo isLarge />
        </Center>
        <Paper p="xl">
          <form onSubmit={form.onSubmit(submit)} noValidate>
            <Stack>
              <div>
                <Title order={1} size="h2">
                  Sign in
                </Title>
                <Text c="dimmed" size="sm">
                  Which joins came from your ads, and what TikTok said to each.
                </Text>
              </div>
              {problem !== undefined && (
                <Alert color="red" variant="light" role="alert" py="xs">
                  {problem}
                </Alert>
              )}
              <PasswordInput
                label="Password"
                autoComplete="current-password"
                autoFocus
                visibilityToggleButtonProps={{ 'aria-label': 'Show the password', tabIndex: 0 }}
                {...form.getInputProps('password')}
              />
              <Button type="submit" loading={isSending} fullWidth>
                Sign in
              </Button>
            </Stack>
          </form>
        </Paper>
        <Text c="dimmed" size="xs" ta="center">
          The password was printed once when the dashboard first started, or is what ADMIN_PASSWORD says.
        </Text>
      </Stack>
    </Center>
  );
}
