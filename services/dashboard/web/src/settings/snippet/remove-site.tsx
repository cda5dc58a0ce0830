import { Button, Modal, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../api/client';
import { useSubmit } from '../../api/form';
import { FormEnd } from '../../display/form-end';
import { TitleOf } from '../../display/title-of';
import { sitesQuery, type Site } from '../../sites/sites-query';

/** The name is typed once more: a site is the one thing here that can't be set up again as it was. */
export function RemoveSite({ site }: { site: Site }) {
  const [isAsking, setAsking] = useState(false);
  return (
    <Paper component="section" aria-label="Remove the site">
      <Title order={2}>Remove the site</Title>
      <Text size="sm" c="dimmed" mb="sm">
        For a site whose channels and pixels are removed already.
      </Text>
      <Button variant="default" c="red" onClick={() => setAsking(true)}>
        Remove this site…
      </Button>
      <Modal
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={
          <Text fw={650} component="span">
            Remove <TitleOf name={site.name} fw={650} />?
          </Text>
        }
      >
        {/* Only while it is open, so that it begins empty each time. */}
        <Question site={site} close={() => setAsking(false)} />
      </Modal>
    </Paper>
  );
}

function Question({ site, close }: { site: Site; close: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({ initialValues: { name: '' } });
  const leave = async (): Promise<void> => {
    const next = queries
      .getQueryData(sitesQuery.queryKey)
      ?.items.find(({ siteId }) => siteId !== site.siteId);
    // Before the list is read again, or this page would be of no site for a moment.
    await (next === undefined
      ? navigate({ to: '/welcome' })
      : navigate({ to: '/sites/$siteId/overview', params: { siteId: next.siteId } }));
    await queries.invalidateQueries({ queryKey: ['sites'] });
  };
  const { submit, isSending, problem } = useSubmit({
    form,
    send: () => api.DELETE('/v1/sites/{siteId}', { params: { path: { siteId: site.siteId } } }),
    done: () => {
      notifications.show({ color: 'green', message: `${site.name} is removed.` });
      void leave();
    },
  });
  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack>
        <Text size="sm">
          Its script stops on all pages and its server key no longer works. Its joins stay in the system, but
          this site’s pages are gone. This can’t be taken back.
        </Text>
        <TextInput
          label="Type the name of the site"
          description={site.name}
          autoComplete="off"
          data-autofocus
          {...form.getInputProps('name')}
        />
        <FormEnd
          problem={problem}
          isSending={isSending}
          submit="Remove the site"
          cancel={close}
          isDestructive
          isDisabled={form.values.name.trim() !== site.name}
        />
      </Stack>
    </form>
  );
}
