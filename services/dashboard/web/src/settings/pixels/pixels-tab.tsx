import {
  ActionIcon,
  Alert,
  Button,
  Code,
  Collapse,
  Group,
  Menu,
  Modal,
  Paper,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDots, IconPlus, IconTargetArrow } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, dataOf } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { Facts } from '../../display/facts';
import { count } from '../../display/format';
import { Ago } from '../../display/moment';
import { StatePill } from '../../display/state-pill';
import { TitleOf } from '../../display/title-of';
import type { Word } from '../../display/words';
import { useSiteId } from '../../sites/sites-query';
import { Empty, Loaded } from '../../states/states';
import { PixelForm } from './pixel-form';
import { PixelTest } from './pixel-test';
import { pixelQuery, pixelsQuery, type Pixel } from './pixels-query';

export function PixelsTab() {
  const siteId = useSiteId();
  const pixels = useQuery(pixelsQuery);
  const [isAdding, setAdding] = useState(false);
  return (
    <Loaded query={pixels}>
      {({ items }) => {
        const own = items.filter((pixel) => pixel.siteId === siteId);
        return (
          <Stack>
            {own.length === 0 && !isAdding && (
              <Paper p={0}>
                <Empty
                  title="No pixel yet"
                  icon={<IconTargetArrow size={22} stroke={1.6} />}
                  action={<Button onClick={() => setAdding(true)}>Add a pixel</Button>}
                >
                  Every attributed join of this site is sent to each of its pixels.
                </Empty>
              </Paper>
            )}
            {own.map((pixel) => (
              <PixelCard key={pixel.pixelId} pixel={pixel} />
            ))}
            {isAdding && (
              <Paper>
                <Title order={2} mb="md">
                  Add a pixel
                </Title>
                <PixelForm siteId={siteId} done={() => setAdding(false)} cancel={() => setAdding(false)} />
              </Paper>
            )}
            {!isAdding && own.length > 0 && (
              <Group>
                <Button
                  variant="default"
                  leftSection={<IconPlus size={16} />}
                  onClick={() => setAdding(true)}
                >
                  Add a pixel
                </Button>
              </Group>
            )}
          </Stack>
        );
      }}
    </Loaded>
  );
}

function stateOf({ isPaused, delivery, testEventCode }: Pixel): Word {
  if (isPaused) return { label: 'Paused by hand', tone: 'warn' };
  if (delivery?.state === 'paused') return { label: 'Refused by TikTok', tone: 'bad' };
  if (testEventCode !== null) return { label: 'Sends tests only', tone: 'warn' };
  return { label: delivery === null ? 'Ready' : 'Active', tone: 'good' };
}

function PixelCard({ pixel }: { pixel: Pixel }) {
  const [open, setOpen] = useState<'edit' | 'remove'>();
  const [isTesting, setTesting] = useState(false);
  const detail = useQuery(pixelQuery(pixel.pixelId));
  const { name, pixelCode, wireFormat, delivery, isPaused, testEventCode } = pixel;
  const actions = usePixelActions(pixel, () => setOpen(undefined));
  const isRefused = delivery?.reason === 'refused';
  return (
    <Paper component="section" aria-label={`Pixel ${name}`}>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div style={{ minWidth: 0 }}>
          <Title order={2}>
            <TitleOf name={name} />
          </Title>
          <Code>{pixelCode}</Code>
        </div>
        <Group gap="xs" wrap="nowrap">
          <StatePill word={stateOf(pixel)} />
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={`More for ${name}`}>
                <IconDots size={18} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => actions.pause.mutate(!isPaused)}>
                {isPaused ? 'Resume' : 'Pause: let deliveries wait'}
              </Menu.Item>
              <Menu.Item color="red" onClick={() => setOpen('remove')}>
                Remove…
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      </Group>
      {isRefused && !isPaused && (
        <Alert
          color="red"
          variant="light"
          mt="md"
          title="TikTok refused the token or the pixel: deliveries wait"
        >
          <Stack gap="sm" align="flex-start">
            <Text size="sm">{delivery.explanation ?? delivery.message}</Text>
            <Group gap="xs">
              <Button size="xs" onClick={() => setOpen('edit')}>
                Enter a new token
              </Button>
              <Button
                size="xs"
                variant="default"
                loading={actions.resume.isPending}
                onClick={() => actions.resume.mutate()}
              >
                Try again now
              </Button>
            </Group>
          </Stack>
        </Alert>
      )}
      {testEventCode !== null && (
        <Alert color="yellow" variant="light" mt="md" title="Every event goes out as a test, and none counts">
          Edit the pixel and empty its test event code to send real events.
        </Alert>
      )}
      <Stack mt="md" gap="md">
        <Facts
          facts={[
            ['Events API', wireFormat],
            [
              'Waiting',
              detail.data?.waiting == null ? (
                '—'
              ) : (
                <span key="waiting">
                  {count(detail.data.waiting)}
                  {detail.data.oldestWaitingAt !== null && (
                    <>
                      , the oldest since <Ago at={detail.data.oldestWaitingAt} />
                    </>
                  )}
                </span>
              ),
            ],
          ]}
        />
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => setOpen('edit')}>
            Edit
          </Button>
          <Button
            size="xs"
            variant="default"
            aria-expanded={isTesting}
            onClick={() => setTesting(!isTesting)}
          >
            Send test event…
          </Button>
          {isPaused && (
            <Button size="xs" loading={actions.pause.isPending} onClick={() => actions.pause.mutate(false)}>
              Resume
            </Button>
          )}
        </Group>
        <Collapse expanded={isTesting}>
          <PixelTest pixel={pixel} />
        </Collapse>
      </Stack>
      <Modal
        opened={open === 'edit'}
        onClose={() => setOpen(undefined)}
        title={<Text fw={650}>Edit the pixel</Text>}
      >
        <PixelForm
          siteId={pixel.siteId}
          pixel={pixel}
          done={() => setOpen(undefined)}
          cancel={() => setOpen(undefined)}
        />
      </Modal>
      <Modal opened={open === 'remove'} onClose={() => setOpen(undefined)} title="Remove the pixel?">
        <Text size="sm">Joins are no longer sent to it. What was delivered stays in the lists.</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setOpen(undefined)}>
            Cancel
          </Button>
          <Button color="red" loading={actions.remove.isPending} onClick={() => actions.remove.mutate()}>
            Remove
          </Button>
        </Group>
      </Modal>
    </Paper>
  );
}

function usePixelActions({ pixelId, name }: Pixel, close: () => void) {
  const queries = useQueryClient();
  const path = { pixelId };
  const options = (message: string) => ({
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['pixels'] });
      close();
      notifications.show({ color: 'green', message });
    },
    onError: (error: Error) => {
      close();
      notifications.show({
        color: 'red',
        message: error instanceof ApiProblem ? error.detail : 'It did not work.',
      });
    },
  });
  return {
    pause: useMutation({
      mutationFn: (isPaused: boolean) =>
        dataOf(api.PATCH('/v1/pixels/{pixelId}', { params: { path }, body: { isPaused } })),
      ...options('Saved.'),
    }),
    resume: useMutation({
      mutationFn: () => dataOf(api.POST('/v1/pixels/{pixelId}/resume', { params: { path } })),
      ...options(`${name} is sent to again.`),
    }),
    remove: useMutation({
      mutationFn: () => api.DELETE('/v1/pixels/{pixelId}', { params: { path } }),
      ...options(`${name} is removed.`),
    }),
  };
}
