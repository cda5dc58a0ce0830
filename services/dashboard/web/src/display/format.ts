/** Figures and moments in the viewer's language and zone. */
const WHOLE = new Intl.NumberFormat(undefined);
const PERCENT = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 });
const FINE_PERCENT = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });

export const count = (number: number): string => WHOLE.format(number);

/** "—" where nothing was counted; 0.4 % stays 0.4 %, and what is not all never reads as 100 %. */
export function share(part: number, whole: number): string {
  if (whole === 0) return '—';
  const ratio = part / whole;
  const isNearAnEnd = (ratio > 0 && ratio < 0.01) || (ratio > 0.99 && ratio < 1);
  return (isNearAnEnd ? FINE_PERCENT : PERCENT).format(
    isNearAnEnd ? Math.min(0.999, Math.max(0.001, ratio)) : ratio,
  );
}

const UNITS = [
  { ms: 86_400_000, short: 'd' },
  { ms: 3_600_000, short: 'h' },
  { ms: 60_000, short: 'min' },
  { ms: 1_000, short: 's' },
] as const;

/** `2 d 3 h`, `4 min 5 s`, `850 ms`: the two largest units. */
export function duration(ms: number): string {
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const first = UNITS.findIndex((unit) => ms >= unit.ms);
  const parts: string[] = [];
  let rest = ms;
  for (const unit of UNITS.slice(first, first + 2)) {
    const amount = Math.floor(rest / unit.ms);
    rest -= amount * unit.ms;
    if (amount > 0) parts.push(`${amount} ${unit.short}`);
  }
  return parts.join(' ');
}

/** The larger unit alone: "just now", "5 min ago", "in 2 h". */
export function relative(at: number, now: number): string {
  const distance = now - at;
  if (Math.abs(distance) < 10_000) return 'just now';
  const rounded = duration(Math.abs(distance)).split(' ').slice(0, 2).join(' ');
  return distance > 0 ? `${rounded} ago` : `in ${rounded}`;
}

const DATE_TIME = new Intl.DateTimeFormat(undefined, {
  day: '2-digit',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const DAY = new Intl.DateTimeFormat(undefined, { day: '2-digit', month: 'short' });
const HOUR = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

export const dateTime = (at: string): string => DATE_TIME.format(new Date(at));
/** With year and zone, for whoever looks closer. */
export const fullTime = (at: string): string => FULL.format(new Date(at));
export const day = (at: string): string => DAY.format(new Date(at));
export const hour = (at: string): string => HOUR.format(new Date(at));
