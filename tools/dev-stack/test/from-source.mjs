// Runs a TypeScript file of this workspace in a plain Node process, without a build:
//   node --conditions=@clickjoin/source test/from-source.mjs <file.ts> [arguments]
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFileSync } from '@swc/core';

const require = createRequire(import.meta.url);
const configFile = fileURLToPath(new URL('../../../.swcrc', import.meta.url));
require.extensions['.ts'] = (module, file) =>
  module._compile(transformFileSync(file, { configFile }).code, file);
const [, , file] = process.argv;
process.argv.splice(1, 2, file);
require(resolve(file));
