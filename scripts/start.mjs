// npm start [-- [flags of earsight run] [file|folder|list.txt …]]: set-up, then the main job, on the demo videos without one.
//   npm start -- --frames keyframes clip.mp4
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
const { inputsIn } = await import(pathToFileURL(join(ROOT, 'dist/pipeline/cli/run-command.js')).href);
const [own] = inputsIn(given);
const inputs = own === undefined ? [await makeDemo()] : [];
const name = own === undefined ? 'demo' : basename(resolve(cwd, own));
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
