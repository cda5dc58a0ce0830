import { tiktokEventName, type EventType } from '@clickjoin/contracts';
import type { FieldFault } from '@clickjoin/service-kit';

/**
 * What is wrong with an event type together with its name. TikTok takes a custom event without a name for a
 * malformed one, and a name beside a standard event would never be sent, which nobody would notice.
 */
export function eventMappingFaults(eventType: EventType, customEventName: string | undefined): FieldFault[] {
  if (tiktokEventName(eventType, customEventName) === undefined)
    return [{ field: 'customEventName', message: 'is required for the event type Custom' }];
  if (eventType !== 'Custom' && customEventName !== undefined)
    return [
      {
        field: 'customEventName',
        message: `belongs to the event type Custom only, and this is ${eventType}`,
      },
    ];
  return [];
}
