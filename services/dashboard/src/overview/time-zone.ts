import { registerDecorator } from 'class-validator';

/** Names only: of offsets such as `+02:00`, Postgres takes the sign the other way round. */
const NAME = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;

export function isTimeZone(name: unknown): boolean {
  if (typeof name !== 'string' || name.length > 64 || !NAME.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export const IsTimeZone = (): PropertyDecorator => (target, property) =>
  registerDecorator({
    name: 'isTimeZone',
    target: target.constructor,
    propertyName: String(property),
    validator: {
      validate: isTimeZone,
      defaultMessage: () => '$property must be the name of a time zone, such as Europe/Berlin',
    },
  });
