import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

export type Coding = 'br' | 'gzip' | 'identity';

export interface TrackerScript {
  /** The bytes in each coding. */
  readonly bodies: Readonly<Record<Coding, Buffer>>;
  /** Weak, since it is of the script and not of a coding. By content: all instances say the same, through restarts. */
  readonly etag: string;
}

/** Where the build of `@clickjoin/tracker` puts it. @throws when it was not built */
export const builtScript = (): Buffer => readFileSync(require.resolve('@clickjoin/tracker/t.js'));

/** Compressed once, as small as it gets: it is read millions of times. */
export function trackerScriptOf(source: Buffer): TrackerScript {
  const hash = createHash('sha256').update(source).digest('base64url').slice(0, 22);
  return {
    bodies: {
      br: brotliCompressSync(source, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: source.length } }),
      gzip: gzipSync(source, { level: constants.Z_BEST_COMPRESSION }),
      identity: source,
    },
    etag: `W/"${hash}"`,
  };
}

/** The smallest of what `Accept-Encoding` takes (RFC 9110, section 12.5.3); plain whenever in doubt. */
export function codingFor(acceptEncoding: string | undefined): Coding {
  const accepted = new Map<string, boolean>();
  for (const item of (acceptEncoding ?? '').toLowerCase().split(',')) {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim());
    accepted.set(name, !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter)));
  }
  const takes = (name: Coding): boolean => accepted.get(name) ?? accepted.get('*') ?? false;
  if (takes('br')) return 'br';
  return takes('gzip') ? 'gzip' : 'identity';
}

/** RFC 9110, section 13.1.2: by weak comparison. */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');
  const tags = (ifNoneMatch ?? '').split(',').map(opaque);
  return tags.includes('*') || tags.includes(opaque(etag));
}
