/** In logs, as CloudEvents source, and in the name of the database. */
export const SERVICE = 'click-service';
