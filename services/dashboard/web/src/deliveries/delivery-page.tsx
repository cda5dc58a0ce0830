import { Alert, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import columns from '../display/columns.module.css';
import { CopyField } from '../display/copy-field';
import { Facts } from '../display/facts';
import { AnchorTo } from '../display/links';
import { Ago, Moment } from '../display/moment';
import { PageHeader } from '../display/page-header';
import { StatePill } from '../display/state-pill';
import { TitleOf } from '../display/title-of';
import { DELIVERY_STATES, MATCH_LEVELS } from '../display/words';
import { pixelsQuery } from '../settings/pixels/pixels-query';
import { useSiteId } from '../sites/sites-query';
import { Loaded, Loading } from '../states/states';
import { Attempts } from './attempts';
import { deliveryQuery, type DeliveryDetail } from './deliveries-query';
import { ReplayOneDialog } from './replay-dialog';
import { prettyBody } from './pretty-body';

/** V2: the exact request, each answer in TikTok's words and in plain ones, the next try. */
export function DeliveryPage() {
  const { deliveryId } = useParams({ from: '/sites/$siteId/deliveries/$deliveryId' });
  const siteId = useSiteId();
  const delivery = useQuery(deliveryQuery(deliveryId));
  const [isReplaying, { open, close }] = useDisclosure();
  return (
    <>
      <AnchorTo to="/sites/$siteId/deliveries" params={{ siteId }} size="sm">
        ← All deliveries
      </AnchorTo>
      <PageHeader title="Delivery">
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} stroke={1.6} />}
          onClick={open}
          disabled={delivery.data === undefined}
        >
          Replay…
        </Button>
      </PageHeader>
      <Loaded query={delivery} loading={<Loading rows={8} />}>
        {(detail) => <Detail delivery={detail} />}
      </Loaded>
      {isReplaying && <ReplayOneDialog deliveryId={deliveryId} close={close} />}
    </>
  );
}

function Detail({ delivery }: { delivery: DeliveryDetail }) {
  const { state, nextAttemptAt, note, attempts, isDispatcherReachable } = delivery;
  const word = DELIVERY_STATES[state];
  return (
    <Stack gap="lg">
      <Paper>
        <Group justify="space-between" align="flex-start">
          <div>
            <StatePill word={word} />
            <Text size="sm" mt={4}>
              {note ?? word.hint}
            </Text>
          </div>
          {nextAttemptAt !== null && (
            <Text size="sm">
              Next try <Ago at={nextAttemptAt} />
            </Text>
          )}
        </Group>
      </Paper>
      {!isDispatcherReachable && (
        <Alert color="yellow" variant="light">
          The dispatcher does not answer at the moment: this is what was heard of the delivery so far.
        </Alert>
      )}
      <div className={columns['columns']}>
        <Stack gap="lg">
          <Paper component="section" aria-label="Attempts">
            <Title order={2} mb="md">
              Attempts
            </Title>
            <Attempts attempts={attempts} />
          </Paper>
          <Request request={delivery.request} />
        </Stack>
        <About delivery={delivery} />
      </div>
    </Stack>
  );
}

function Request({ request }: { request: DeliveryDetail['request'] }) {
  return (
    <Paper component="section" aria-label="Request">
      <Title order={2} mb={4}>
        Exact request
      </Title>
      {request === null ? (
        <Text size="sm" c="dimmed">
          It is made at the first attempt and stays the same for every repeat. It is gone once the person was
          erased.
        </Text>
      ) : (
        <Stack gap="xs">
          <Text size="sm" c="dimmed">
            The same text at every attempt, so that TikTok counts it once. The token is hidden.
          </Text>
          <CopyField
            label="Address and headers of the request"
            value={[
              `POST ${request.url}`,
              ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`),
            ].join('\n')}
          />
          <CopyField label="Body of the request" value={prettyBody(request.body)} isTall />
        </Stack>
      )}
    </Paper>
  );
}

function About({ delivery }: { delivery: DeliveryDetail }) {
  const siteId = useSiteId();
  const { data } = useQuery(pixelsQuery);
  const pixel = data?.items.find(({ pixelId }) => pixelId === delivery.pixelId);
  const { joinId, joinedAt, eventName, eventId, matchLevel, conversionId } = delivery;
  return (
    <Paper component="section" aria-label="About the delivery">
      <Title order={2} mb="md">
        The event
      </Title>
      <Facts
        facts={[
          ['Event', eventName ?? 'Not sent yet'],
          ['Pixel', <TitleOf key="pixel" name={pixel?.name ?? delivery.pixelId} />],
          [
            'Join',
            <AnchorTo key="join" to="/sites/$siteId/joins/$joinId" params={{ siteId, joinId }} size="sm">
              <Moment at={joinedAt} />
            </AnchorTo>,
          ],
          [
            'Match quality',
            matchLevel === null ? '—' : <StatePill key="match" word={MATCH_LEVELS[matchLevel]} />,
          ],
          ['Event id', eventId],
          ['Conversion', conversionId],
        ]}
      />
    </Paper>
  );
}
