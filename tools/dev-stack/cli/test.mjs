import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { nx } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { providePrograms } from './programs.mjs';
import { run, script, Stop, tool } from './run.mjs';

const TIERS = ['unit', 'int', 'e2e'];

export const TEST_HELP = `npm test -- [--tier unit|int|e2e]… [-- <Jest arguments>]

  Without --tier: format, lint, type check, build, and then all three tiers.
    unit   *.spec.ts      needs nothing
    int    *.int.spec.ts  real Kafka and PostgreSQL (TEST_INFRA=embedded|testcontainers|external)
    e2e    *.e2e.spec.ts  the services as processes
  With --tier: only the tiers named. Arguments after a second -- go to Jest, such as a path.
  The last line is "N passed, N failed"; the exit code is 1 when anything failed.
`;

/**
 * Sets up, runs each step to its end whatever the others did, and says what came of them.
 * @returns {Promise<number>} the exit code
 */
export async function test(args) {
  const { tiers, jestArgs, help } = parse(args);
  if (help) {
    console.log(TEST_HELP);
    return 0;
  }
  await ensureInstalled();
  const wanted = tiers.length > 0 ? TIERS.filter((tier) => tiers.includes(tier)) : TIERS;
  const results = [];
  if (tiers.length === 0) {
    results.push(await check('format', script('format:check', '--', '--log-level=warn')));
    results.push(await check('lint', script('lint')));
    results.push(await check('typecheck', script('typecheck')));
  }
  if (wanted.includes('e2e')) results.push(await check('build', nx('run-many', '-t', 'build')));
  const programs = wanted.some((tier) => tier !== 'unit') ? await providePrograms() : {};
  const broken = results.some(({ name, failed }) => name === 'build' && failed > 0);
  for (const tier of wanted) {
    results.push(
      tier === 'e2e' && broken
        ? { name: tier, passed: 0, failed: 1, note: 'not run: the build failed', seconds: 0 }
        : await runTier(tier, jestArgs, programs),
    );
  }
  return summarise(results);
}

function parse(args) {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { tier: { type: 'string', multiple: true }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
    const unknown = (values.tier ?? []).find((tier) => !TIERS.includes(tier));
    if (unknown !== undefined) throw new Error(`there is no tier ${unknown}, only ${TIERS.join(', ')}`);
    return { tiers: values.tier ?? [], jestArgs: positionals, help: values.help === true };
  } catch (error) {
    throw new Stop(`npm test: ${error.message}.`);
  }
}

/** A step that counts as one check. */
async function check(name, command) {
  console.log(`\n── ${name}`);
  const startedAt = Date.now();
  const { code } = await run(command);
  exitIfStopped(code);
  return { name, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, seconds: secondsSince(startedAt) };
}

async function runTier(tier, jestArgs, programs) {
  console.log(`\n── ${tier} tests`);
  const startedAt = Date.now();
  const folder = mkdtempSync(join(tmpdir(), 'clickjoin-jest-'));
  const outputFile = join(folder, 'result.json');
  try {
    const jest = tool('jest', '--json', `--outputFile=${outputFile}`, ...jestArgs);
    const { code } = await run(jest, { env: { ...programs, TEST_TIER: tier } });
    exitIfStopped(code);
    return { name: tier, ...countTests(outputFile, code), seconds: secondsSince(startedAt) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A tier that crashed, ran nothing or skipped something has failed: silence is not success. */
export function countTests(outputFile, code) {
  let result;
  try {
    result = JSON.parse(readFileSync(outputFile, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, note: 'Jest ended without a result' };
  }
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } = result;
  const skipped = numPendingTests + numTodoTests;
  const failed = numFailedTests + numRuntimeErrorTestSuites + skipped;
  const notes = [
    ...(numRuntimeErrorTestSuites > 0 ? [`${numRuntimeErrorTestSuites} files could not be run`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  if (numPassedTests + failed === 0) return { passed: 0, failed: 1, note: 'no test was run' };
  if (failed === 0 && code !== 0)
    return { passed: numPassedTests, failed: 1, note: 'Jest failed after the tests' };
  return { passed: numPassedTests, failed, note: notes.join(', ') };
}

function summarise(results) {
  console.log('');
  for (const { name, passed, failed, seconds, note } of results) {
    const mark = failed === 0 ? '✔' : '✘';
    const counts = `${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed`;
    console.log(`${mark} ${name.padEnd(10)} ${counts} ${seconds.toFixed(0).padStart(5)} s  ${note ?? ''}`);
  }
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`);
  return sum('failed') === 0 ? 0 : 1;
}

/** Ctrl-C means all of it, not the next step. */
function exitIfStopped(code) {
  if (code >= 128) process.exit(code);
}

function secondsSince(startedAt) {
  return (Date.now() - startedAt) / 1000;
}
