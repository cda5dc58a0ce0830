import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CopyField } from '../display/copy-field';
import { NotPublic } from '../settings/snippet/not-public';
import { snippetQuery } from '../settings/snippet/snippet-query';
import { SnippetTester } from '../settings/snippet/snippet-tester';
import { useSiteId } from '../sites/sites-query';
import { Loaded, Loading } from '../states/states';

export function SnippetStep() {
  const snippet = useQuery(snippetQuery(useSiteId()));
  return (
    <Loaded query={snippet} loading={<Loading rows={3} />}>
      {({ html, links, isPublicUrlKnown }) => (
        <Stack gap="md">
          {!isPublicUrlKnown && <NotPublic />}
          <div>
            <Text size="sm" mb={6}>
              Copy this line into the page, before &lt;/body&gt;. It leads the page’s Telegram links through
              your tracked ones.
            </Text>
            <CopyField label="the snippet" value={html} />
          </div>
          <SnippetTester />
          {links[0] !== undefined && (
            <div>
              <Text size="sm" mb={6}>
                No script on your page? Then let its button, or the ad itself, lead here, and go on with the
                last step:
              </Text>
              <CopyField label="the tracked link" value={links[0].url} />
            </div>
          )}
        </Stack>
      )}
    </Loaded>
  );
}
