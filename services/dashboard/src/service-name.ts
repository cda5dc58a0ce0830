/** In logs, as CloudEvents source, as consumer group, and in the name of the database. */
export const SERVICE = 'dashboard';
