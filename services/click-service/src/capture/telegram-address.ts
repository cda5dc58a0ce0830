import { inviteCodeOf, type ChannelConfigured } from '@clickjoin/contracts';

const USERNAME = /^[A-Za-z][A-Za-z0-9_]{3,31}$/;

/** The only two forms of a `Location` here: nothing that a visitor or a setting holds can send people elsewhere. */
export function inviteAddress(url: string): string | undefined {
  const code = inviteCodeOf(url);
  return code === undefined ? undefined : `https://t.me/+${code}`;
}

/** Of a public channel. */
export function publicAddress({ username }: Pick<ChannelConfigured, 'username'>): string | undefined {
  return username !== undefined && USERNAME.test(username) ? `https://t.me/${username}` : undefined;
}
