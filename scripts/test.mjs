// npm test [-- vitest's arguments]: set-up, then the tests.
import './setup.mjs';
import { mustRun } from './setup/command.mjs';

mustRun(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)]);
