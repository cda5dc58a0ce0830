import {
  ATTRIBUTION_BOUNDS,
  CURRENCIES,
  DEFAULT_CURRENCY,
  DEFAULT_EVENT_TYPE,
  DELIVERY_STATES,
  EVENT_TYPE_HINTS,
  EVENT_TYPES,
  ORGANIC_REASONS,
  tiktokEventName,
} from '@clickjoin/contracts';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DELIVERY_STATES_IN_WORDS } from '../deliveries/delivery-states';
import { ORGANIC_REASONS_IN_WORDS } from '../joins/organic-reasons';
import { ChoicesView } from './choices.dto';

@ApiTags('choices')
@Controller('v1/choices')
export class ChoicesController {
  @Get()
  @ApiOperation({ summary: 'What can be chosen in forms and filters, with the words for it' })
  @ApiOkResponse({ type: ChoicesView })
  choices(): ChoicesView {
    return {
      eventTypes: EVENT_TYPES.map((eventType) => ({
        eventType,
        tiktokEventName: tiktokEventName(eventType) ?? null,
        hint: EVENT_TYPE_HINTS[eventType],
      })),
      defaultEventType: DEFAULT_EVENT_TYPE,
      currencies: [...CURRENCIES],
      defaultCurrency: DEFAULT_CURRENCY,
      attributionBounds: ATTRIBUTION_BOUNDS,
      organicReasons: ORGANIC_REASONS.map((reason) => {
        const { title, explanation, advice = null } = ORGANIC_REASONS_IN_WORDS[reason];
        return { reason, title, explanation, advice };
      }),
      deliveryStates: DELIVERY_STATES.map((state) => ({ state, ...DELIVERY_STATES_IN_WORDS[state] })),
    };
  }
}
