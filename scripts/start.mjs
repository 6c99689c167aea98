// npm start [-- <file|folder|list.txt> [flags of earsight run]]: set-up, then the main job, on the demo videos without one.
import './setup/node-version.mjs';
import { spawn } from 'node:child_process';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './setup/build.mjs';
import { ROOT } from './setup/command.mjs';
import { installPackages } from './setup/packages.mjs';
import { installPrograms } from './setup/programs.mjs';

installPackages();
build();
installPrograms(['ffmpeg']);

// npm changes into the package's folder; paths are meant from where the user stood.
const cwd = process.env.INIT_CWD ?? process.cwd();
const given = process.argv.slice(2);
const ownVideos = given.length > 0 && !given[0].startsWith('-');
const inputs = ownVideos ? [] : [await makeDemo()];
const name = ownVideos ? basename(resolve(cwd, given[0])) : 'demo';
const out = given.some((arg) => arg === '--out' || arg.startsWith('--out=')) ? [] : ['--out', join(cwd, 'out', name)];

const command = [join(ROOT, 'dist/pipeline/cli/main.js'), 'run', ...out, ...inputs, ...given];
const child = spawn(process.execPath, command, { cwd, stdio: 'inherit' });
// Ctrl-C reaches the run, too, which stops by itself and keeps what is finished: wait for it.
process.on('SIGINT', () => undefined);
child.on('close', (code) => (process.exitCode = code ?? 1));

async function makeDemo() {
  console.log('making the demo videos …');
  const { makeFixtures, FIXTURES_OUT } = await import(pathToFileURL(join(ROOT, 'dist/fixtures/make.js')).href);
  await makeFixtures(FIXTURES_OUT, { only: ['demo/'] });
  return join(FIXTURES_OUT, 'demo');
}
