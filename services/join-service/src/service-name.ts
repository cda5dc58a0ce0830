/** In logs and as CloudEvents source. */
export const SERVICE = 'join-service';
