import { Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CopyField } from '../../display/copy-field';
import { TitleOf } from '../../display/title-of';
import { useSite, useSiteId } from '../../sites/sites-query';
import { Loaded } from '../../states/states';
import { NotPublic } from './not-public';
import { RemoveSite } from './remove-site';
import { ServerKey } from './server-key';
import { SiteForm } from './site-form';
import { snippetQuery, type Snippet } from './snippet-query';
import { SnippetTester } from './snippet-tester';

export function SnippetTab() {
  const siteId = useSiteId();
  const site = useSite();
  const snippet = useQuery(snippetQuery(siteId));
  return (
    <Loaded query={snippet}>
      {(data) => (
        <Stack>
          {!data.isPublicUrlKnown && <NotPublic />}
          <Paper component="section" aria-label="Script">
            <Title order={2}>Script for your landing pages</Title>
            <Text size="sm" c="dimmed" mb="sm">
              One line, before &lt;/body&gt;. It keeps the ad click and points the page’s Telegram links at
              your tracked ones.
            </Text>
            <CopyField label="the snippet" value={data.html} />
            <Title order={3} mt="lg" mb="xs">
              Is it there?
            </Title>
            <SnippetTester />
          </Paper>
          <TrackedLinks snippet={data} />
          {site && <SiteForm key={site.version} site={site} />}
          <ServerKey curl={data.curl} />
          {site && <RemoveSite site={site} />}
        </Stack>
      )}
    </Loaded>
  );
}

/** For ads that lead straight to Telegram, and for pages without the script. */
function TrackedLinks({ snippet: { links } }: { snippet: Snippet }) {
  return (
    <Paper component="section" aria-label="Tracked links">
      <Title order={2}>Tracked links</Title>
      <Text size="sm" c="dimmed" mb="sm">
        Without the script: put the link on the page’s button yourself, or into the ad.
      </Text>
      {links.length === 0 ? (
        <Text size="sm">There is one as soon as a channel is set up.</Text>
      ) : (
        <Stack gap="sm">
          {links.map(({ chatId, title, url }) => (
            <div key={chatId}>
              <Text size="sm" fw={500} mb={4}>
                <TitleOf name={title} />
              </Text>
              <CopyField label={`the link of ${title}`} value={url} />
            </div>
          ))}
        </Stack>
      )}
    </Paper>
  );
}
