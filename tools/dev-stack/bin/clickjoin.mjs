#!/usr/bin/env node
// The one command behind `npm run demo`, `npm start`, `npm test` and `npm run bench`. It needs nothing
// but Node: it installs and builds first, and then runs what the build made.
import { checkNode } from '../cli/check-node.mjs';

checkNode();
const { main } = await import('../cli/main.mjs');
process.exitCode = await main(process.argv.slice(2));
