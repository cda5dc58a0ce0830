/** In logs, metrics, the consumer group and as CloudEvents source. */
export const SERVICE = 'tiktok-dispatcher';
