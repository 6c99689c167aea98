import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { executablePath } from './programs.js';

/**
 * Address space that a child process may map. Decoding 8K 10-bit frames with eight threads stays under 4 GiB; a file that
 * makes a decoder ask for more than twice that is hostile.
 */
const ADDRESS_SPACE_BYTES = 8 * 2 ** 30;
/** Files that a child may open: one input, our pipes, a dozen outputs. */
const OPEN_FILES = 128;

const run = promisify(execFile);
let prefix: Promise<readonly string[]> | undefined;

/**
 * The words to put before a command so that the kernel limits its resources and kills it when this process dies:
 * `setpriv` and `prlimit` of util-linux, both of which call exec, so the process id stays the same. Empty where they are
 * missing (macOS, Alpine); there the child still loses its pipes, and the exit handler still kills it.
 */
export function confinementPrefix(): Promise<readonly string[]> {
  prefix ??= findPrefix();
  return prefix;
}

async function findPrefix(): Promise<readonly string[]> {
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

/** Process groups that have not ended; they are killed when this process exits in an orderly way. */
const liveGroups = new Set<number>();
let listening = false;

export function trackGroup(pid: number): void {
  if (!listening) process.once('exit', killLiveGroups);
  listening = true;
  liveGroups.add(pid);
}

export function untrackGroup(pid: number): void {
  liveGroups.delete(pid);
}

/** Signals a whole process group. A group that no longer exists is no error. */
export function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    // ESRCH: the group is gone. EPERM: what macOS reports when all members of the group are zombies.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

function killLiveGroups(): void {
  for (const pid of liveGroups) signalGroup(pid, 'SIGKILL');
}
