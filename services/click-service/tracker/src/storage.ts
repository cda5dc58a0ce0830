import { attempt } from './attempt';

/** As it stands in the cookie; empty without it. Sandboxed frames throw. */
export const cookie = (name: string): string =>
  attempt(() => (`; ${document.cookie}`.split(`; ${name}=`)[1] || '').split(';')[0]) || '';

/** Android web views have no localStorage unless their app asks for it; sandboxed frames have neither. */
export const read = (key: string): unknown =>
  attempt(() => {
    const text = attempt(() => localStorage.getItem(key)) || decodeURIComponent(cookie(key));
    return JSON.parse(text || '{}') as unknown;
  });

/** @param days how long a cookie is kept; localStorage knows no end, so the value must carry its own */
export function write(key: string, value: unknown, days: number): void {
  const text = JSON.stringify(value);
  const isKept = attempt(() => (localStorage[key] = text));
  if (!isKept) writeCookie(key, encodeURIComponent(text), days);
}

export function remove(key: string): void {
  attempt(() => localStorage.removeItem(key));
  writeCookie(key, '', 0);
}

function writeCookie(name: string, value: string, days: number): void {
  attempt(() => (document.cookie = `${name}=${value};path=/;max-age=${days * 86400}`));
}
