import { Alert, Button, Center, Group, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { api, dataOf } from '../api/client';
import { useSubmit } from '../api/form';
import { ButtonTo } from '../display/links';
import { Logo } from '../shell/logo';
import { originOf } from '../sites/origin';
import { sitesQuery } from '../sites/sites-query';

/** The first site, and each further one: a name, and where its landing page is. */
export function WelcomePage() {
  const { data } = useQuery(sitesQuery);
  const isFirst = data?.items.length === 0;
  const navigate = useNavigate();
  const queries = useQueryClient();
  const form = useForm({
    initialValues: { name: '', landingPage: '' },
    validate: {
      name: (name) => (name.trim() === '' ? 'Give it a name' : null),
      landingPage: (typed) =>
        typed.trim() === '' || originOf(typed) !== undefined
          ? null
          : 'An address such as https://example.com/offer',
    },
  });
  const { submit, isSending, problem } = useSubmit({
    form,
    send: ({ name, landingPage }) => {
      const origin = originOf(landingPage);
      return dataOf(
        api.POST('/v1/sites', {
          body: { name, ...(origin === undefined ? {} : { allowedOrigins: [origin] }) },
        }),
      );
    },
    done: ({ siteId }) => {
      void queries
        .invalidateQueries({ queryKey: ['sites'] })
        .then(() => navigate({ to: '/sites/$siteId/setup', params: { siteId } }));
    },
  });
  useEffect(() => {
    document.title = 'New site · Clickjoin';
  }, []);
  return (
    <Center mih="100dvh" p="md" component="main">
      <Stack w="100%" maw={480} gap="lg">
        <Center>
          <Logo isLarge />
        </Center>
        <Paper p="xl">
          <form onSubmit={form.onSubmit(submit)} noValidate>
            <Stack>
              <div>
                <Title order={1} size="h2">
                  {isFirst ? 'Welcome. What are you advertising?' : 'Add a site'}
                </Title>
                <Text c="dimmed" size="sm" mt={4}>
                  A site groups your landing pages, Telegram channels and TikTok pixels. After this, five
                  short steps lead to the first event at TikTok; each ticks off by itself.
                </Text>
              </div>
              <TextInput
                label="Name of the site"
                placeholder="Acme signals"
                maxLength={200}
                data-autofocus
                autoFocus
                {...form.getInputProps('name')}
              />
              <TextInput
                label="Address of your landing page"
                description="May be left out if your ads lead straight to Telegram."
                placeholder="https://example.com/offer"
                inputMode="url"
                {...form.getInputProps('landingPage')}
              />
              {problem !== undefined && (
                <Alert color="red" variant="light" role="alert">
                  {problem}
                </Alert>
              )}
              <Group justify="flex-end">
                {!isFirst && (
                  <ButtonTo to="/" variant="default">
                    Cancel
                  </ButtonTo>
                )}
                <Button type="submit" loading={isSending}>
                  Continue
                </Button>
              </Group>
            </Stack>
          </form>
        </Paper>
      </Stack>
    </Center>
  );
}
