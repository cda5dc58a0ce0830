// Runs a TypeScript file of the workspace as a process, without a build: specs that kill processes need real ones.
//   node --conditions=@clickjoin/source run-source.mjs <file.ts> [argument…]
import Module, { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const { transformFileSync } = require('@swc/core');
const configFile = fileURLToPath(new URL('../../../.swcrc', import.meta.url));

Module._extensions['.ts'] = (module, filename) => {
  const { code } = transformFileSync(filename, { configFile, sourceMaps: 'inline' });
  module._compile(code, filename);
};

require('reflect-metadata');
process.argv.splice(1, 1);
require(resolve(process.argv[1]));
