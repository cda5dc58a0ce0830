import { Alert, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconBulb } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import columns from '../display/columns.module.css';
import { CopyField } from '../display/copy-field';
import { Facts } from '../display/facts';
import { duration } from '../display/format';
import { AnchorTo } from '../display/links';
import { Moment } from '../display/moment';
import { PageHeader } from '../display/page-header';
import { StatePill } from '../display/state-pill';
import { TitleOf } from '../display/title-of';
import { DELIVERY_STATES, JOIN_OUTCOMES, JOIN_ROUTES, MATCH_LEVELS, MATCH_SIGNALS } from '../display/words';
import { useSiteId } from '../sites/sites-query';
import { Loaded, Loading } from '../states/states';
import { JoinTimeline } from './join-timeline';
import { joinQuery, type JoinDetail } from './joins-query';

/** One join: what it was decided to be, why, and everything that led there. */
export function JoinPage() {
  const { joinId } = useParams({ from: '/sites/$siteId/joins/$joinId' });
  const siteId = useSiteId();
  const join = useQuery(joinQuery(joinId));
  return (
    <>
      <AnchorTo to="/sites/$siteId/joins" params={{ siteId }} size="sm">
        ← All joins
      </AnchorTo>
      <PageHeader title="Join">
        {join.data && <StatePill word={JOIN_OUTCOMES[join.data.outcome]} withHint />}
      </PageHeader>
      <Loaded query={join} loading={<Loading rows={8} />}>
        {(detail) => (
          <Stack gap="lg">
            {detail.organic && <WhyOrganic organic={detail.organic} />}
            <div className={columns['columns']}>
              <Paper component="section" aria-label="Timeline">
                <Title order={2} mb="md">
                  What happened
                </Title>
                <JoinTimeline steps={detail.timeline} />
              </Paper>
              <Stack gap="lg">
                <About join={detail} />
                {detail.conversion && <Match conversion={detail.conversion} />}
                {detail.deliveries.length > 0 && <Deliveries join={detail} />}
              </Stack>
            </div>
            {detail.explain !== null && (
              <details>
                <summary>For support: the decision as the attribution service tells it</summary>
                <CopyField label="The decision" value={JSON.stringify(detail.explain, null, 2)} isTall />
              </details>
            )}
          </Stack>
        )}
      </Loaded>
    </>
  );
}

/** J2: the reason, and what would make the next one count. */
function WhyOrganic({
  organic: { title, explanation, advice },
}: {
  organic: NonNullable<JoinDetail['organic']>;
}) {
  return (
    <Paper component="section" aria-label="Why organic">
      <Title order={2}>Why organic? {title}</Title>
      <Text mt={6} maw={720}>
        {explanation} It is not sent to TikTok.
      </Text>
      {advice !== null && (
        <Alert
          variant="light"
          color="indigo"
          mt="md"
          icon={<IconBulb size={18} />}
          title="What to do about it"
        >
          {advice}
        </Alert>
      )}
    </Paper>
  );
}

function About({ join }: { join: JoinDetail }) {
  const { channelTitle, chatId, joinedAt, route, hasLink, hasOwnLink, isRejoin, left, person, joinId } = join;
  const link =
    hasLink === null ? '—' : hasOwnLink === true ? 'One of ours' : hasLink ? 'Of someone else' : 'None';
  return (
    <Paper component="section" aria-label="About the join">
      <Title order={2} mb="md">
        The join
      </Title>
      <Facts
        facts={[
          ['Channel', <TitleOf key="title" name={channelTitle ?? chatId} />],
          ['Joined', <Moment key="at" at={joinedAt} />],
          ['Came in by', route === null ? '—' : JOIN_ROUTES[route]],
          ['Invite link', link],
          ['Member before', isRejoin ? 'Yes' : 'No'],
          ['Left again', left === null ? 'No' : <Moment key="left" at={left.leftAt} />],
          ['Telegram id', person.telegramUserId ?? 'Erased'],
          ['Join id', joinId],
        ]}
      />
    </Paper>
  );
}

/** V3 */
function Match({ conversion }: { conversion: NonNullable<JoinDetail['conversion']> }) {
  const { matchLevel, matchSignals, hasTtclid, clickAgeMs, method } = conversion;
  return (
    <Paper component="section" aria-label="Match quality">
      <Title order={2} mb="md">
        Match quality
      </Title>
      <Facts
        facts={[
          ['Level', <StatePill key="level" word={MATCH_LEVELS[matchLevel]} />],
          ['TikTok matches by', matchSignals.map((signal) => MATCH_SIGNALS[signal]).join(', ')],
          ['Click before join', duration(Math.max(0, clickAgeMs))],
          ['Tied by', method === 'bot-start' ? 'The bot' : 'Invite link'],
        ]}
      />
      {!hasTtclid && (
        <Text size="sm" c="dimmed" mt="md">
          The click carried no ttclid. Let the ad lead straight to the landing page, without a redirect that
          drops the address’s parameters.
        </Text>
      )}
    </Paper>
  );
}

function Deliveries({ join: { deliveries } }: { join: JoinDetail }) {
  const siteId = useSiteId();
  return (
    <Paper component="section" aria-label="Deliveries">
      <Title order={2} mb="md">
        Sent to TikTok
      </Title>
      <Stack gap="xs">
        {deliveries.map(({ deliveryId, state, eventName }) => (
          <Group key={deliveryId} justify="space-between">
            <AnchorTo to="/sites/$siteId/deliveries/$deliveryId" params={{ siteId, deliveryId }} size="sm">
              {eventName ?? 'Not sent yet'}
            </AnchorTo>
            <StatePill word={DELIVERY_STATES[state]} withHint />
          </Group>
        ))}
      </Stack>
    </Paper>
  );
}
