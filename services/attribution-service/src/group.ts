/** The consumer group, and the name under which the offsets stand in the database. */
export const GROUP = 'attribution-service';
