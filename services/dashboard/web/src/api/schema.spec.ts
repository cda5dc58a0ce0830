import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const WEB = join(__dirname, '..', '..');

/** The program of a package: its `bin`, wherever npm put the package. */
function program(name: string): string {
  const file = require.resolve(`${name}/package.json`, { paths: [WEB] });
  const { bin } = JSON.parse(readFileSync(file, 'utf8')) as { bin: string | Record<string, string> };
  return join(dirname(file), typeof bin === 'string' ? bin : (bin[name] ?? ''));
}

it("is generated from the API's document as it is now", () => {
  const generated = execFileSync(
    process.execPath,
    [program('openapi-typescript'), '../openapi.json', '--enum-values', '--default-non-nullable=false'],
    { cwd: WEB, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const formatted = execFileSync(
    process.execPath,
    [program('prettier'), '--stdin-filepath', 'src/api/schema.ts'],
    {
      cwd: WEB,
      encoding: 'utf8',
      input: generated,
    },
  );
  expect(readFileSync(join(WEB, 'src', 'api', 'schema.ts'), 'utf8')).toBe(formatted);
}, 60_000);
