// Lets a child process of a test run the sources: what @swc/jest does inside Jest.
const { transformFileSync } = require('@swc/core');

const configFile = require.resolve('../../../.swcrc');

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformFileSync(filename, { configFile, sourceMaps: 'inline' });
  module._compile(code, filename);
};
