import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** Of compressed script: what a first visitor waits for (issue of the dashboard, "What must hold"). */
const LIMIT_BYTES = 250 * 1024;

interface Chunk {
  readonly code: string;
  readonly isEntry: boolean;
  /** File names of the chunks that are loaded with it; those loaded later don't stand here. */
  readonly imports: readonly string[];
}

/** Bytes of compressed script before the first page shows: the entry, and what it imports statically. */
export function firstLoadBytes(chunks: ReadonlyMap<string, Chunk>): number {
  const seen = new Set<string>();
  const visit = (name: string): number => {
    const chunk = chunks.get(name);
    if (chunk === undefined || seen.has(name)) return 0;
    seen.add(name);
    return chunk.imports.reduce((sum, imported) => sum + visit(imported), gzipSync(chunk.code).byteLength);
  };
  return [...chunks].filter(([, { isEntry }]) => isEntry).reduce((sum, [name]) => sum + visit(name), 0);
}

/** A build whose first load has grown beyond the limit fails, rather than being noticed by visitors. */
export function limitFirstLoad(): Plugin {
  return {
    name: 'clickjoin:limit-first-load',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
      const bytes = firstLoadBytes(new Map(chunks.map((chunk) => [chunk.fileName, chunk])));
      const figure = `first load: ${(bytes / 1024).toFixed(0)} KB of compressed script (limit ${LIMIT_BYTES / 1024})`;
      if (bytes > LIMIT_BYTES) this.error(figure);
      console.log(figure);
    },
  };
}

/** Writes `.br` and `.gz` beside each asset, which the dashboard serves as they are. */
export function compressAssets(): Plugin {
  return {
    name: 'clickjoin:compress-assets',
    writeBundle({ dir = '' }) {
      const folder = join(dir, 'assets');
      for (const name of readdirSync(folder)) {
        if (!/\.(?:js|css)$/.test(name)) continue;
        const bytes = readFileSync(join(folder, name));
        writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }));
        writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes));
      }
    },
  };
}
