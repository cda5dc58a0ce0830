import { Accordion, Group, Progress, Stack, Text } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { checklistQuery } from '../checklist/checklist-query';
import { ButtonTo } from '../display/links';
import { PageHeader } from '../display/page-header';
import { botsQuery } from '../settings/bots/bots-query';
import { channelsQuery } from '../settings/channels/channels-query';
import { pixelTestQuery } from '../settings/pixels/pixel-tests';
import { pixelsQuery } from '../settings/pixels/pixels-query';
import { useSiteId } from '../sites/sites-query';
import { PageLoading } from '../states/states';
import { BotStep } from './bot-step';
import { ChannelStep } from './channel-step';
import { PixelStep } from './pixel-step';
import { doneSteps, nextStep, STEPS, type Step } from './progress';
import { ResultsStep } from './results-step';
import classes from './setup-page.module.css';
import { SnippetStep } from './snippet-step';

const WORDS: Readonly<Record<Step, { title: string; done: string; lead: string }>> = {
  bot: {
    title: 'Connect your Telegram bot',
    lead: 'It watches who joins, and makes a link for each visitor.',
    done: 'Connected',
  },
  channel: {
    title: 'Add the bot to your channel',
    lead: 'The channel then appears here by itself.',
    done: 'Set up',
  },
  pixel: {
    title: 'Connect your TikTok pixel',
    lead: 'Checked with an event that does not count.',
    done: 'Checked',
  },
  snippet: {
    title: 'Put the script on your landing page',
    lead: 'Or use the tracked link by itself, and go on.',
    done: 'Seen on your page',
  },
  results: {
    title: 'See the first join arrive',
    lead: 'Click, join, event accepted.',
    done: 'Accepted by TikTok',
  },
};

const BODIES: Readonly<Record<Step, () => ReactNode>> = {
  bot: BotStep,
  channel: ChannelStep,
  pixel: PixelStep,
  snippet: SnippetStep,
  results: ResultsStep,
};

/** From nothing to the first accepted event. What is done is seen by the system, not ticked by hand. */
export function SetupPage() {
  const done = useDone();
  return done === undefined ? <PageLoading /> : <Steps done={done} />;
}

function Steps({ done }: { done: ReadonlySet<Step> }) {
  const siteId = useSiteId();
  const next = nextStep(done);
  const [open, setOpen] = useState<string | null>(next ?? null);
  const before = useRef(done);
  useEffect(() => {
    // Goes on by itself when the step that one is at was done; whoever looks at another one stays there.
    const isJustDone = STEPS.some((step) => step === open && done.has(step) && !before.current.has(step));
    before.current = done;
    if (isJustDone) setOpen(next ?? null);
  }, [done, next, open]);
  return (
    <>
      <PageHeader
        title="Guided set-up"
        lead={
          next === undefined
            ? 'Everything works. Joins from your ads reach TikTok.'
            : 'Each step ticks off by itself.'
        }
      />
      <Stack maw={760}>
        <Group gap="md">
          <Progress
            value={(100 * done.size) / STEPS.length}
            style={{ flex: 1 }}
            aria-label={`${done.size} of ${STEPS.length} steps done`}
          />
          <Text size="sm" c="dimmed">
            {done.size} of {STEPS.length}
          </Text>
        </Group>
        <Accordion
          variant="separated"
          radius="lg"
          value={open}
          onChange={setOpen}
          order={2}
          keepMounted={false}
        >
          {STEPS.map((step, index) => (
            <StepItem
              key={step}
              step={step}
              number={index + 1}
              isDone={done.has(step)}
              isNext={step === next}
            />
          ))}
        </Accordion>
        {next === undefined && (
          <Group>
            <ButtonTo to="/sites/$siteId/overview" params={{ siteId }}>
              To the overview
            </ButtonTo>
          </Group>
        )}
      </Stack>
    </>
  );
}

interface StepItemProps {
  readonly step: Step;
  readonly number: number;
  readonly isDone: boolean;
  readonly isNext: boolean;
}

function StepItem({ step, number, isDone, isNext }: StepItemProps) {
  const { title, lead, done } = WORDS[step];
  const Body = BODIES[step];
  return (
    <Accordion.Item
      value={step}
      className={classes['item'] ?? ''}
      data-step={step}
      data-done={isDone || undefined}
    >
      <Accordion.Control
        icon={
          <span className={classes['number']} data-done={isDone || undefined} data-next={isNext || undefined}>
            {isDone ? <IconCheck size={16} stroke={2.4} aria-hidden /> : number}
          </span>
        }
      >
        <Text fw={600} component="span" display="block">
          {title}
        </Text>
        <Text size="sm" c="dimmed" component="span">
          {isDone ? done : lead}
        </Text>
      </Accordion.Control>
      <Accordion.Panel>
        <Body />
      </Accordion.Panel>
    </Accordion.Item>
  );
}

function useDone(): ReadonlySet<Step> | undefined {
  const siteId = useSiteId();
  const bots = useQuery(botsQuery).data;
  const channels = useQuery(channelsQuery).data;
  const pixels = useQuery(pixelsQuery).data;
  const checklist = useQuery(checklistQuery(siteId)).data;
  const pixel = pixels?.items.find((one) => one.siteId === siteId);
  const isPixelTested = useQuery(pixelTestQuery(pixel?.pixelId ?? '')).data === 'accepted';
  if (!bots || !channels || !pixels || !checklist) return undefined;
  return doneSteps({
    hasBot: bots.items.length > 0,
    hasChannel: channels.items.some((channel) => channel.siteId === siteId),
    hasPixel: pixel !== undefined,
    isPixelTested,
    checks: checklist.items,
  });
}
