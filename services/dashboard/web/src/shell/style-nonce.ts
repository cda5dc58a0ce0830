declare global {
  /** Where `get-nonce`, below the modals' scroll lock, looks for it. */
  var __webpack_nonce__: string | undefined;
}

/**
 * The nonce that the page's policy asks of styles made at run time: Mantine's variables, and the scroll lock of its
 * modals. Without it the browser drops them.
 */
export function styleNonce(): string {
  const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
  globalThis.__webpack_nonce__ = nonce;
  return nonce;
}
