import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { executablePath } from './programs.js';

/**
 * Address space a child may map. 8K 10-bit frames with eight decoder threads stay under 4 GiB; a file that makes a
 * decoder ask for more than twice that is hostile.
 */
const ADDRESS_SPACE_BYTES = 8 * 2 ** 30;
/** Open files: one input, our pipes, a dozen outputs. */
const OPEN_FILES = 128;

const run = promisify(execFile);
let wrapper: Promise<readonly string[]> | undefined;

/**
 * The words to put before a command so that the kernel limits it and kills it when this process dies: util-linux's
 * `setpriv` and `prlimit`, both of which exec, so the process id stays. Empty where they are missing (macOS, Alpine):
 * there the pipes still break and the exit handler still kills.
 */
export function confinementPrefix(): Promise<readonly string[]> {
  wrapper ??= findWrapper();
  return wrapper;
}

async function findWrapper(): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  const [setpriv, prlimit] = await Promise.all([executablePath('setpriv'), executablePath('prlimit')]);
  if (!setpriv || !prlimit) return [];
  const limits = ['--core=0', `--nofile=${OPEN_FILES}`, `--as=${ADDRESS_SPACE_BYTES}`];
  const words = [setpriv, '--pdeathsig', 'KILL', '--', prlimit, ...limits, '--'];
  try {
    await run(setpriv, [...words.slice(1), 'true'], { timeout: 5000 });
    return words;
  } catch {
    return [];
  }
}
