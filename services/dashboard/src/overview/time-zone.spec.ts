import { isTimeZone } from './time-zone';

it.each([
  ['UTC', true],
  ['Europe/Berlin', true],
  ['America/Argentina/Buenos_Aires', true],
  ['Etc/GMT+5', true],
  ['+05:30', false],
  ['Mars/Olympus', false],
  ["UTC'; DROP TABLE site", false],
  ['', false],
  [7, false],
])('%p: %p', (name, expected) => expect(isTimeZone(name)).toBe(expected));
