// Lets a process run the sources: what @swc/jest does inside Jest. See spawnSource.
const { transformFileSync } = require('@swc/core');

const configFile = require.resolve('../../.swcrc');

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformFileSync(filename, { configFile, sourceMaps: 'inline' });
  module._compile(code, filename);
};
