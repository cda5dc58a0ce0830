/** In logs, as CloudEvents source, as consumer group (also in the database's offsets), and in the database's name. */
export const SERVICE = 'attribution-service';
