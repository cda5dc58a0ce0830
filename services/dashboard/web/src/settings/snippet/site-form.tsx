import {
  Alert,
  Button,
  Checkbox,
  Group,
  NumberInput,
  Paper,
  Stack,
  TagsInput,
  TextInput,
  Title,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client';
import { useSubmit } from '../../api/form';
import { originOf } from '../../sites/origin';
import type { Site } from '../../sites/sites-query';

/** The site itself: its pages, and what the script may do there. */
export function SiteForm({ site }: { site: Site }) {
  const queries = useQueryClient();
  const form = useForm({
    initialValues: {
      name: site.name,
      allowedOrigins: site.allowedOrigins,
      isEnabled: site.tracker.isEnabled,
      keepDays: site.tracker.keepDays,
      needsConsent: site.tracker.needsConsent,
      respectsDoNotTrack: site.tracker.respectsDoNotTrack,
      countsReviewBots: site.reviewBots === 'count',
    },
    validate: {
      name: (name) => (name.trim() === '' ? 'Give it a name' : null),
      keepDays: (days) => (Number.isInteger(days) && days >= 1 && days <= 90 ? null : 'From 1 to 90 days'),
      allowedOrigins: (origins) => {
        const wrong = origins.find((origin) => originOf(origin) === undefined);
        return wrong === undefined ? null : `${wrong} is no address of a page`;
      },
    },
  });
  const { submit, isSending, problem } = useSubmit({
    form,
    send: ({
      name,
      allowedOrigins,
      isEnabled,
      keepDays,
      needsConsent,
      respectsDoNotTrack,
      countsReviewBots,
    }) =>
      dataOf(
        api.PATCH('/v1/sites/{siteId}', {
          params: { path: { siteId: site.siteId } },
          body: {
            name,
            allowedOrigins: [...new Set(allowedOrigins.map((origin) => originOf(origin) ?? origin))],
            tracker: { isEnabled, keepDays, needsConsent, respectsDoNotTrack },
            reviewBots: countsReviewBots ? 'count' : 'ignore',
          },
        }),
      ),
    done: () => {
      void queries.invalidateQueries({ queryKey: ['sites'] });
      void queries.invalidateQueries({ queryKey: ['snippet'] });
      notifications.show({ color: 'green', message: 'Saved. Pages take it up within some minutes.' });
    },
  });
  return (
    <Paper component="section" aria-label="Site">
      <Title order={2} mb="md">
        Site and script
      </Title>
      <form onSubmit={form.onSubmit(submit)} noValidate>
        <Stack>
          <TextInput label="Name of the site" maxLength={200} {...form.getInputProps('name')} />
          <TagsInput
            label="Addresses of its pages"
            description="Only from there may browsers use the site. Scheme and host; press Enter after each."
            placeholder="https://example.com"
            {...form.getInputProps('allowedOrigins')}
          />
          <NumberInput
            label="The browser keeps the ad click for (days)"
            maw={320}
            allowDecimal={false}
            {...form.getInputProps('keepDays')}
          />
          <Checkbox
            label="The script is on"
            description="Off: it leaves the page as it is and stores nothing."
            {...form.getInputProps('isEnabled', { type: 'checkbox' })}
          />
          <Checkbox
            label="Wait for consent"
            description="Stores nothing until the page says that the visitor agreed."
            {...form.getInputProps('needsConsent', { type: 'checkbox' })}
          />
          <Checkbox
            label="Respect “Do not track”"
            description="Stores nothing for browsers that ask for it."
            {...form.getInputProps('respectsDoNotTrack', { type: 'checkbox' })}
          />
          <Checkbox
            label="Count visits of ad networks’ review bots"
            description="Off: they are no clicks."
            {...form.getInputProps('countsReviewBots', { type: 'checkbox' })}
          />
          {problem !== undefined && (
            <Alert color="red" variant="light" role="alert">
              {problem}
            </Alert>
          )}
          <Group>
            <Button type="submit" loading={isSending} disabled={!form.isDirty()}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
