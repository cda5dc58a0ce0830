import { Alert, Button, Checkbox, Group, List, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, dataOf } from '../api/client';
import { problemOf, ApiProblem } from '../api/problem';
import type { components } from '../api/schema';
import { count } from '../display/format';
import { AnchorTo } from '../display/links';
import { Moment } from '../display/moment';
import { DELIVERY_STATES, type DeliveryState } from '../display/words';
import { useSiteId } from '../sites/sites-query';
import { Loading } from '../states/states';

type Replay = Omit<components['schemas']['ReplayDto'], 'dryRun'>;
type Outcome = components['schemas']['ReplayView'];

interface ReplayDialogProps {
  readonly close: () => void;
  /** What the table shows. */
  readonly scope: {
    readonly siteId: string;
    readonly from: string;
    readonly to?: string;
    readonly state?: DeliveryState;
    readonly pixelId?: string;
    readonly chatId?: string;
  };
}

/** States from which sending once more may help; the others go out by themselves or have arrived. */
const WORTH_IT = [
  'rejected',
  'expired',
  'possibly-accepted',
  'held',
] as const satisfies readonly DeliveryState[];

/** A filtered range: counted first, with what is refused and why, and only then sent. */
export function ReplayDialog({
  close,
  scope: { siteId, from, to, state, pixelId, chatId },
}: ReplayDialogProps) {
  const isWorthIt = WORTH_IT.some((one) => one === state);
  const [states, setStates] = useState<string[]>(state !== undefined && isWorthIt ? [state] : ['rejected']);
  const replay: Replay = {
    filter: {
      siteId,
      joinedFrom: from,
      states: states as DeliveryState[],
      ...(to === undefined ? {} : { joinedTo: to }),
      ...(pixelId === undefined ? {} : { pixelId }),
      ...(chatId === undefined ? {} : { chatId }),
    },
  };
  return (
    <Modal opened onClose={close} size="lg" title={<Text fw={650}>Replay deliveries</Text>}>
      <Stack>
        <Text size="sm">
          Sends the very same events once more: those of joins since <Moment at={from} />
          {to !== undefined && (
            <>
              {' '}
              until <Moment at={to} />
            </>
          )}
          , as the table is filtered. TikTok drops what it counted in the last 48 hours.
        </Text>
        <Checkbox.Group label="In state" value={states} onChange={setStates}>
          <Group mt={6}>
            {WORTH_IT.map((one) => (
              <Checkbox key={one} value={one} label={DELIVERY_STATES[one].label} />
            ))}
          </Group>
        </Checkbox.Group>
        {states.length === 0 ? (
          <Text size="sm" c="dimmed">
            Choose at least one state.
          </Text>
        ) : (
          <DryRun replay={replay} close={close} />
        )}
      </Stack>
    </Modal>
  );
}

export function ReplayOneDialog({ deliveryId, close }: { deliveryId: string; close: () => void }) {
  return (
    <Modal opened onClose={close} title={<Text fw={650}>Replay this delivery</Text>}>
      <DryRun replay={{ deliveryIds: [deliveryId] }} close={close} />
    </Modal>
  );
}

function DryRun({ replay, close }: { replay: Replay; close: () => void }) {
  const queries = useQueryClient();
  const dryRun = useQuery({
    queryKey: ['dry-run', replay],
    queryFn: () => dataOf(api.POST('/v1/replays', { body: { ...replay, dryRun: true } })),
    staleTime: 0,
    gcTime: 0,
  });
  const run = useMutation({
    mutationFn: () => dataOf(api.POST('/v1/replays', { body: { ...replay, dryRun: false } })),
    onSuccess: ({ replayed }) => {
      void queries.invalidateQueries({ queryKey: ['deliveries'] });
      notifications.show({
        color: 'green',
        message: `${count(replayed)} deliveries are on their way again.`,
      });
      close();
    },
  });
  if (dryRun.isPending) return <Loading rows={2} />;
  if (dryRun.isError) return <Problem error={dryRun.error} />;
  const { replayed } = dryRun.data;
  return (
    <Stack>
      <Count outcome={dryRun.data} />
      {run.isError && <Problem error={run.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button disabled={replayed === 0} loading={run.isPending} onClick={() => run.mutate()}>
          Send {count(replayed)} again
        </Button>
      </Group>
    </Stack>
  );
}

function Count({ outcome: { matched, replayed, refused, refusedCount } }: { outcome: Outcome }) {
  const siteId = useSiteId();
  return (
    <Stack gap="sm">
      <Text size="sm" role="status">
        <b>{count(replayed)}</b> of {count(matched)} would be sent again
        {refusedCount > 0 && (
          <>
            , <b>{count(refusedCount)}</b> refused
          </>
        )}
        .
      </Text>
      {refusedCount > 0 && (
        <Alert color="yellow" variant="light" title="Refused, since they could count twice or are no use">
          <List
            size="sm"
            style={{ maxHeight: '14rem', overflow: 'auto' }}
            tabIndex={0}
            aria-label="Refused deliveries"
          >
            {refused.map(({ deliveryId, explanation }) => (
              <List.Item key={deliveryId}>
                <AnchorTo
                  to="/sites/$siteId/deliveries/$deliveryId"
                  params={{ siteId, deliveryId }}
                  size="sm"
                >
                  {deliveryId.slice(0, 8)}
                </AnchorTo>{' '}
                {explanation}
              </List.Item>
            ))}
          </List>
          {refusedCount > refused.length && (
            <Text size="sm" mt="xs">
              And {count(refusedCount - refused.length)} more.
            </Text>
          )}
        </Alert>
      )}
    </Stack>
  );
}

function Problem({ error }: { error: unknown }) {
  const { detail } = error instanceof ApiProblem ? error : problemOf(0, undefined);
  return (
    <Alert color="red" variant="light" role="alert">
      {detail}
    </Alert>
  );
}
