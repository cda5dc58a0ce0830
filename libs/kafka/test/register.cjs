// Lets a child process of a test run the sources: what @swc/jest does inside Jest.
const { join } = require('node:path');
const { transformFileSync } = require('@swc/core');

const configFile = join(module.path, '..', '..', '..', '.swcrc');

require.extensions['.ts'] = (loaded, filename) => {
  const { code } = transformFileSync(filename, { configFile, sourceMaps: 'inline' });
  loaded._compile(code, filename);
};
