import { Injectable } from '@nestjs/common';
import type { Data } from '../api/data';
import { notFound } from '../api/fields';
import { InternalApi } from '../internal-api/internal-api';
import { DeliveriesReader } from './deliveries.reader';
import type { DeliveryDetailView, DeliveryView, FrozenRequestView } from './delivery.dto';

/** What the dispatcher tells beyond what is in the topic: the request, which holds the visitor's address. */
interface Told {
  readonly request?: FrozenRequestView;
  readonly erasedAt?: string;
}

@Injectable()
export class DeliveryDesk {
  constructor(
    private readonly deliveries: DeliveriesReader,
    private readonly api: InternalApi,
  ) {}

  /** While the dispatcher is away: what was heard of it so far. @throws Problem 404 */
  async detail(deliveryId: string): Promise<DeliveryDetailView> {
    const [known, told] = await Promise.all([
      this.deliveries.find(deliveryId),
      this.api.askIfThere<Told>('tiktok-dispatcher', `/v1/deliveries/${deliveryId}`),
    ]);
    const heard: Data<DeliveryView> | undefined = known;
    if (heard === undefined) throw notFound('delivery', deliveryId);
    const { request } = told ?? {};
    return {
      ...heard,
      isDispatcherReachable: told !== null,
      request:
        request === undefined
          ? null
          : {
              eventName: request.eventName,
              wireFormat: request.wireFormat,
              url: request.url,
              headers: request.headers,
              body: request.body,
            },
      requestErasedAt: told?.erasedAt ?? null,
    };
  }
}
