export const SERVICE = 'join-service';
