const KEY = 'clickjoin-site';

/** The site that this browser looked at last. Storage may be closed to the page: then there is none. */
export function lastSite(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

export function rememberSite(siteId: string): void {
  try {
    localStorage.setItem(KEY, siteId);
  } catch {
    // A convenience: without it the first site opens.
  }
}
