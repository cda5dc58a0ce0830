import {
  IconClick,
  IconDoorExit,
  IconLink,
  IconRepeat,
  IconScale,
  IconSend,
  IconSendOff,
  IconUserPlus,
} from '@tabler/icons-react';
import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { AnchorTo } from '../display/links';
import { Moment } from '../display/moment';
import { useSiteId } from '../sites/sites-query';
import classes from './join-timeline.module.css';
import type { JoinDetail } from './joins-query';

type Step = JoinDetail['timeline'][number];

const ICONS: Readonly<Record<Step['kind'], ReactNode>> = {
  click: <IconClick size={15} />,
  link: <IconLink size={15} />,
  'earlier-join': <IconRepeat size={15} />,
  join: <IconUserPlus size={15} />,
  decision: <IconScale size={15} />,
  delivery: <IconSend size={15} />,
  attempt: <IconSend size={15} />,
  left: <IconDoorExit size={15} />,
};

/** Click → link → join → decision → attempts. */
export function JoinTimeline({ steps }: { steps: readonly Step[] }) {
  const siteId = useSiteId();
  return (
    <ol className={classes['timeline']}>
      {steps.map((step, index) => (
        <li key={index} data-tone={step.tone}>
          <span className={classes['icon']} aria-hidden>
            {step.kind === 'attempt' && step.tone === 'bad' ? <IconSendOff size={15} /> : ICONS[step.kind]}
          </span>
          <div className={classes['step']}>
            <div className={classes['head']}>
              <Text size="sm" fw={600} component="span">
                {step.title}
              </Text>
              {step.at !== null && (
                <Text size="xs" c="dimmed" component="span">
                  <Moment at={step.at} />
                </Text>
              )}
            </div>
            <Text size="sm" c="dimmed">
              {step.explanation}
            </Text>
            {step.deliveryId !== null && step.kind === 'attempt' && (
              <AnchorTo
                to="/sites/$siteId/deliveries/$deliveryId"
                params={{ siteId, deliveryId: step.deliveryId }}
                size="sm"
              >
                Request and answer
              </AnchorTo>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}
