/** The service as a process that is told where to die, how wrong its clock is and what to be slow at. Production code knows nothing of it. */
import { parseArgs } from 'node:util';
import { bootstrap } from '@clickjoin/service-kit';
import { definition } from '../src/definition';
import { armKillPoint, isKillPoint } from './kill-points';
import { shiftClock } from './shift-clock';
import { delayClicks, dwellBeforeWriting } from './slow-motion';

const { values } = parseArgs({
  options: {
    'kill-at': { type: 'string' },
    /** The first time at that point, or a later one. */
    'kill-nth': { type: 'string', default: '1' },
    'clock-off-ms': { type: 'string', default: '0' },
    'delay-clicks-ms': { type: 'string', default: '0' },
    'dwell-ms': { type: 'string', default: '0' },
  },
});

const point = values['kill-at'];
if (point !== undefined) {
  if (!isKillPoint(point)) throw new Error(`there is no kill point ${point}`);
  armKillPoint(point, Number(values['kill-nth']));
}
shiftClock(Number(values['clock-off-ms']));
if (values['delay-clicks-ms'] !== '0') delayClicks(Number(values['delay-clicks-ms']));
if (values['dwell-ms'] !== '0') dwellBeforeWriting(Number(values['dwell-ms']));
void bootstrap(definition);
