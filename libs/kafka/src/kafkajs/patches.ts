import { createRequire } from 'node:module';
import {
  type RequestQueue,
  scheduleCheckPendingRequests,
  scheduleRequestTimeoutCheck,
} from './request-queue.patch';

/** A kafkajs whose inside looks different would silently go unpatched: better not to start. */
export class PatchFailed extends Error {}

const requireInternal = createRequire(__filename);

const internal = (path: string): unknown => requireInternal(`kafkajs/src/${path}`);

function patchRequestQueue(): void {
  const found = internal('network/requestQueue');
  const prototype: unknown = typeof found === 'function' ? found.prototype : undefined;
  const known = prototype as Partial<RequestQueue> | undefined;
  if (
    typeof known?.scheduleCheckPendingRequests !== 'function' ||
    typeof known.scheduleRequestTimeoutCheck !== 'function' ||
    typeof known.checkPendingRequests !== 'function' ||
    typeof known.destroy !== 'function'
  ) {
    throw new PatchFailed('the request queue of kafkajs is not the one that the patch was made for');
  }
  Object.assign(known, { scheduleCheckPendingRequests, scheduleRequestTimeoutCheck });
}

/** With NODE_ENV=test kafkajs retries by other rules; tests shall run what production runs. */
function unifyRetryDefaults(): void {
  const ofTests = internal('retry/defaults.test');
  const ofProduction = internal('retry/defaults');
  if (!isRetryOptions(ofTests) || !isRetryOptions(ofProduction)) {
    throw new PatchFailed('the retry defaults of kafkajs are not where the patch looks for them');
  }
  Object.assign(ofTests, ofProduction);
}

const isRetryOptions = (value: unknown): value is { retries: number } =>
  typeof value === 'object' && value !== null && 'retries' in value && typeof value.retries === 'number';

patchRequestQueue();
unifyRetryDefaults();
