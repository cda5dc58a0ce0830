import { EVENT_TYPES } from '@clickjoin/contracts';
import { eventMappingFaults } from './event-mapping';

describe('eventMappingFaults', () => {
  it.each(EVENT_TYPES.filter((type) => type !== 'Custom'))('%s has a name of its own', (type) => {
    expect(eventMappingFaults(type, undefined)).toEqual([]);
    expect(eventMappingFaults(type, 'VipJoin')).toEqual([
      { field: 'customEventName', message: `belongs to the event type Custom only, and this is ${type}` },
    ]);
  });

  it('Custom needs the name', () => {
    expect(eventMappingFaults('Custom', 'VipJoin')).toEqual([]);
    expect(eventMappingFaults('Custom', undefined)).toEqual([
      { field: 'customEventName', message: 'is required for the event type Custom' },
    ]);
  });
});
