import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import ts from 'typescript';

const run = promisify(execFile);
const PROJECT = join(__dirname, '..');
const MOST_BYTES = 1_500;

let folder: string;
/** An installed package, as npm would lay it out. */
let installed: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clickjoin-tracker-'));
  installed = join(folder, 'node_modules', '@clickjoin', 'tracker');
  await mkdir(installed, { recursive: true });
  await cp(join(PROJECT, 'package.json'), join(installed, 'package.json'));
  await run(process.execPath, [join(PROJECT, 'build.mjs'), join(installed, 'dist')]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

it(`t.js has at most ${MOST_BYTES} bytes, compressed`, async () => {
  const script = await readFile(join(installed, 'dist', 't.js'));
  expect(gzipSync(script, { level: 9 }).length).toBeLessThanOrEqual(MOST_BYTES);
});

it('t.js is a script of ES2017: browsers in other apps are old', async () => {
  const script = await readFile(join(installed, 'dist', 't.js'), 'utf8');
  const lowered = ts.transpileModule(script, {
    compilerOptions: { target: ts.ScriptTarget.ES2017, removeComments: false },
  });
  const newer = ts.transpileModule(script, { compilerOptions: { target: ts.ScriptTarget.ESNext } });
  expect(lowered.outputText).toBe(newer.outputText);
  expect(script).not.toMatch(/\b(?:import|export)\b/);
});

it('the same sources give the same bytes', async () => {
  const again = join(folder, 'again');
  await run(process.execPath, [join(PROJECT, 'build.mjs'), again]);
  const names = await readdir(again);
  expect(names.sort()).toEqual((await readdir(join(installed, 'dist'))).sort());
  for (const name of names) {
    expect(await readFile(join(again, name), 'utf8')).toBe(
      await readFile(join(installed, 'dist', name), 'utf8'),
    );
  }
});

it('npm packs what the exports name, and nothing else', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--offline', '--ignore-scripts'], {
    cwd: installed,
    env: { ...process.env, npm_config_cache: join(folder, 'npm') },
  });
  const [packed] = JSON.parse(stdout) as { name: string; files: { path: string }[] }[];
  const { private: isPrivate, exports } = JSON.parse(
    await readFile(join(installed, 'package.json'), 'utf8'),
  ) as { private?: boolean; exports: object };
  expect(isPrivate).toBeUndefined();
  expect(packed?.name).toBe('@clickjoin/tracker');
  const paths = packed?.files.map(({ path }) => path) ?? [];
  const named = [...JSON.stringify(exports).matchAll(/"\.\/(dist\/[^"]+)"/g)].map(([, path]) => path);
  expect(paths).toEqual(expect.arrayContaining(['package.json', ...named]) as unknown);
  const inDist = (await readdir(join(installed, 'dist'))).map((name) => `dist/${name}`);
  expect([...paths].sort()).toEqual([...inDist, 'package.json'].sort());
});

it.each([
  { kind: 'CommonJS', file: 'use.cjs', text: "const t = require('@clickjoin/tracker');" },
  { kind: 'ESM', file: 'use.mjs', text: "import * as t from '@clickjoin/tracker';" },
])('$kind on a server that renders pages: loads and does nothing', async ({ file, text }) => {
  const use = `${text} t.startTracker({ siteId: 's', clickUrl: 'https://click.example' });
    console.log(Object.keys(t).filter((key) => key !== '__esModule').sort().join());`;
  await writeFile(join(folder, file), use);
  const { stdout } = await run(process.execPath, [join(folder, file)]);
  expect(stdout.trim()).toBe('setConsent,startTracker');
});

it.each(['use.mts', 'use.cts'])('has types for bundlers and Node: %s', async (name) => {
  const file = join(folder, name);
  await writeFile(
    file,
    `import { setConsent, startTracker, type TrackerQueue } from '@clickjoin/tracker';
     import { snippetOf } from '@clickjoin/tracker/snippet';
     import type { SiteSettings } from '@clickjoin/tracker/settings';
     startTracker({ siteId: 's', clickUrl: 'https://click.example' });
     setConsent(true);
     const queue: TrackerQueue | undefined = window.clickjoin;
     queue?.push({ consent: false });
     export const text: string = snippetOf({ clickUrl: 'https://click.example', siteId: 's' });
     export const days = (settings: SiteSettings): number => settings.keepDays;
     // @ts-expect-error there is no such option
     startTracker({ siteId: 's', clickUrl: 'https://click.example', key: 1 });`,
  );
  const program = ts.createProgram([file], {
    strict: true,
    noEmit: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: [],
  });
  const said = ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  expect(said).toEqual([]);
});
