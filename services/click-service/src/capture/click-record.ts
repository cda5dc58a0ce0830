import { topics, type ClickCaptured, type OutboundRecord } from '@clickjoin/contracts';
import { SERVICE } from '../service-name';

const { clickCaptured } = topics;

/**
 * The click's record, byte for byte what `encode` of @clickjoin/contracts makes of it, for a fifth of the time: the
 * edges have checked every field against the contract's limits, and `clickOf` puts them into its order. A property
 * test holds the two together; what checks each click there is what makes a third of a hot request.
 */
export function clickRecord(click: ClickCaptured, traceparent: string): OutboundRecord {
  return {
    topic: clickCaptured.name,
    key: click.linkKey ?? click.clickId,
    value: Buffer.from(JSON.stringify(click)),
    headers: {
      ce_specversion: '1.0',
      ce_id: click.clickId,
      ce_type: clickCaptured.name,
      ce_source: SERVICE,
      ce_time: click.capturedAt,
      'content-type': 'application/json',
      traceparent,
    },
  };
}
