import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { isInternetAddress } from '../build-request/public-address';

/** The name leads into a private network. Told by its class and not by its text. */
export class PrivateAddress extends Error {
  readonly code = 'CLICKJOIN_PRIVATE_ADDRESS';
}

export type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Name resolution that refuses private addresses. It is asked for each connection, with the very addresses that are
 * then connected to: a check of the name alone could be turned between the check and the connection.
 */
export function internetLookup(resolve: Resolve = lookup): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, found: LookupAddress[] | undefined) => {
      // With an error there are none, whatever the types say.
      const addresses = found ?? [];
      const fit = addresses.filter(({ address }) => isInternetAddress(address));
      const [first] = fit;
      if (error !== null) done(error, '', 0);
      // One private address among public ones is refused too: nobody has that by accident.
      else if (first === undefined || fit.length < addresses.length)
        done(new PrivateAddress('the name leads to a private address'), '', 0);
      else if (options.all === true) done(null, fit);
      else done(null, first.address, first.family);
    });
  };
}

/**
 * What is wrong with an address that tokens are to be sent to, as far as can be told without asking for its name.
 * Addresses as such are never looked up, so they are checked here.
 */
export function faultOf(baseUrl: string): string | undefined {
  const { protocol, hostname } = new URL(baseUrl);
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol !== 'https:') return 'is not https: access tokens would be readable on their way';
  if (host === 'localhost' || (isIP(host) !== 0 && !isInternetAddress(host))) return 'is a private address';
  return undefined;
}
