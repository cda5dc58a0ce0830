import { DEFAULT_CURRENCY } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { unprocessable } from '../api/fields';
import { eventMappingFaults } from '../channels/event-mapping';
import { InternalApi } from '../internal-api/internal-api';
import type { EventPreviewDto, EventPreviewView } from './event-preview.dto';

interface Told {
  readonly eventName: string;
  /** The very text that would be sent. */
  readonly body: string;
}

/** The dispatcher makes the event, by the code that makes the real ones. */
@Injectable()
export class EventPreviews {
  constructor(private readonly api: InternalApi) {}

  /** @throws Problem 422 as the set-up would be refused, 503 while the dispatcher is away. */
  async preview({ chatId, channel, wireFormat }: EventPreviewDto): Promise<EventPreviewView> {
    const { eventType, customEventName, value, currency, contentName, title } = channel;
    const faults = eventMappingFaults(eventType, customEventName ?? undefined);
    if (faults.length > 0)
      throw unprocessable(faults.map(({ field, message }) => ({ field: `channel.${field}`, message })));
    const { eventName, body } = await this.api.command<Told>('tiktok-dispatcher', '/v1/event-previews', {
      body: {
        ...(chatId === undefined ? {} : { chatId }),
        channel: {
          eventType,
          ...(typeof customEventName !== 'string' ? {} : { customEventName }),
          ...(typeof value !== 'number' ? {} : { value }),
          currency: currency ?? DEFAULT_CURRENCY,
          ...(typeof contentName !== 'string' ? {} : { contentName }),
          // As much as the dispatcher takes.
          title: title.slice(0, 300),
        },
        wireFormat,
      },
    });
    return { eventName, body: JSON.parse(body) as Record<string, unknown> };
  }
}
