import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import ts from 'typescript';

const ROOT = dirname(fileURLToPath(import.meta.url));
const MODULES = ['index', 'snippet'];
const ONLY_TYPES = ['queue', 'settings'];

/**
 * Writes what the click-service serves (`t.js`) and what a bundler takes (ESM, CommonJS, types). The same sources give
 * the same bytes.
 *
 * @param {string} outdir
 */
async function buildTracker(outdir) {
  const shared = {
    absWorkingDir: ROOT,
    outdir,
    bundle: true,
    write: false,
    target: 'es2017',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
    // Nothing of the workspace's settings for services; strict mode costs a line and nothing here needs it.
    tsconfigRaw: { compilerOptions: { alwaysStrict: false } },
  };
  const entryPoints = MODULES.map((name) => `src/${name}.ts`);
  const results = await Promise.all([
    build({ ...shared, entryPoints: ['src/t.ts'], format: 'iife', minify: true }),
    build({ ...shared, entryPoints, format: 'cjs' }),
    build({ ...shared, entryPoints, format: 'esm', outExtension: { '.js': '.mjs' } }),
  ]);
  mkdirSync(outdir, { recursive: true });
  for (const { path, text } of results.flatMap(({ outputFiles }) => outputFiles)) {
    put(join(outdir, basename(path)), text);
  }
  for (const name of [...MODULES, ...ONLY_TYPES]) {
    const types = typesOf(`${name}.ts`);
    put(join(outdir, `${name}.d.ts`), types);
    // ESM names files with their endings.
    put(join(outdir, `${name}.d.mts`), types.replace(/'(\.\/[\w-]+)'/g, "'$1.mjs'"));
  }
}

function typesOf(fileName) {
  const { outputText } = ts.transpileDeclaration(readFileSync(join(ROOT, 'src', fileName), 'utf8'), {
    fileName,
    compilerOptions: { isolatedDeclarations: true, strict: true },
  });
  return outputText;
}

/** Whole or not at all: specs build while services read. */
function put(path, text) {
  const half = `${path}.${process.pid}`;
  writeFileSync(half, text);
  renameSync(half, path);
}

await buildTracker(process.argv[2] ?? join(ROOT, 'dist'));
