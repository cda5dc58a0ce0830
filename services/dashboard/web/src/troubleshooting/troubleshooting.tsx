import { Accordion, Alert, List, Text } from '@mantine/core';
import { IconStethoscope } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { AnchorTo } from '../display/links';
import { useSiteId } from '../sites/sites-query';
import { SYMPTOMS, type Symptom } from './symptoms';

interface Help {
  readonly symptom: string;
  readonly causes: (siteId: string) => readonly { readonly look: ReactNode; readonly then: ReactNode }[];
}

/** V5: from what one sees to what to do, the likeliest first. */
const HELP: Readonly<Record<Symptom, Help>> = {
  'not-matching': {
    symptom: 'Joins come, but most are organic',
    causes: (siteId) => [
      {
        look: 'The channel is public.',
        then: (
          <>
            Telegram drops the link of most joins there. Make the channel private, or let{' '}
            <AnchorTo to="/sites/$siteId/settings/channels" params={{ siteId }} inherit underline="always">
              the tracked link lead through the bot
            </AnchorTo>
            .
          </>
        ),
      },
      {
        look: 'The page’s button holds a Telegram link made by hand.',
        then: (
          <>
            Put the{' '}
            <AnchorTo to="/sites/$siteId/settings/snippet" params={{ siteId }} inherit underline="always">
              tracked link or the script
            </AnchorTo>{' '}
            there.
          </>
        ),
      },
      {
        look: 'The reason is “Shared fallback link”.',
        then: 'No single-visitor links were in stock. See the link stock on this checklist; Telegram may be slowing the bot down.',
      },
      {
        look: 'The reason is “Click too long ago”.',
        then: 'Raise how long a click counts, in the channel’s settings. It applies to new joins.',
      },
      {
        look: 'People find the channel by themselves.',
        then: 'Then organic is right: it is not your ads that brought them.',
      },
    ],
  },
  'low-match-rate': {
    symptom: 'TikTok matches few of the events',
    causes: (siteId) => [
      {
        look: 'Clicks arrive without ttclid.',
        then: 'Lead the ad straight to the page: redirects and link shorteners drop it. In TikTok Ads Manager the attribution setting of the ad must be on.',
      },
      {
        look: 'The script is missing on the page that the ad opens.',
        then: (
          <>
            It keeps the ttclid while people look around.{' '}
            <AnchorTo to="/sites/$siteId/settings/snippet" params={{ siteId }} inherit underline="always">
              Test the page
            </AnchorTo>
            .
          </>
        ),
      },
      {
        look: 'All visitors have one address.',
        then: 'A proxy before the click service hides them: name it in TRUSTED_PROXIES.',
      },
      {
        look: 'The pixel belongs to another ad account.',
        then: 'TikTok matches clicks of the account that owns the pixel only.',
      },
    ],
  },
  duplicates: {
    symptom: 'TikTok counts more than Clickjoin sent',
    causes: (siteId) => [
      {
        look: 'The page’s own TikTok pixel sends the same event.',
        then: 'It has another event id, so TikTok counts both. Report joins here only.',
      },
      {
        look: 'Two pixels of this site, or another tool, report to the same campaign.',
        then: (
          <>
            Each event goes to{' '}
            <AnchorTo to="/sites/$siteId/settings/pixels" params={{ siteId }} inherit underline="always">
              every pixel of the site
            </AnchorTo>
            .
          </>
        ),
      },
      {
        look: 'You replayed, and some were refused.',
        then: 'That is the guard: TikTok forgets event ids after 48 hours, so what may have been counted is not sent again.',
      },
      {
        look: 'One person joined twice.',
        then: 'A rejoin is organic and never sent; two people on two links are two.',
      },
    ],
  },
};

export function Troubleshooting() {
  const siteId = useSiteId();
  return (
    <Accordion variant="separated" order={3}>
      {SYMPTOMS.map((symptom) => (
        <Accordion.Item key={symptom} value={symptom}>
          <Accordion.Control>{HELP[symptom].symptom}</Accordion.Control>
          <Accordion.Panel>
            <Causes symptom={symptom} siteId={siteId} />
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}

/** The same help, where the figures show the symptom. */
export function SymptomAlert({ symptom }: { symptom: Symptom }) {
  const siteId = useSiteId();
  return (
    <Alert color="yellow" variant="light" icon={<IconStethoscope size={18} />} title={HELP[symptom].symptom}>
      <details>
        <summary>What it can be, and what to do</summary>
        <Causes symptom={symptom} siteId={siteId} />
      </details>
    </Alert>
  );
}

function Causes({ symptom, siteId }: { symptom: Symptom; siteId: string }) {
  return (
    <List size="sm" spacing={6} mt={4}>
      {HELP[symptom].causes(siteId).map(({ look, then }, index) => (
        <List.Item key={index}>
          <Text span size="sm" fw={600}>
            {look}
          </Text>{' '}
          {then}
        </List.Item>
      ))}
    </List>
  );
}
