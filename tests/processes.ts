import { readFile, readdir } from 'node:fs/promises';

/** Returns the command lines of all other processes that name something below this folder. */
export async function otherProcessesNaming(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const lines = await Promise.all(
    pids.map(async (pid) => await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(folder));
}

/** Returns the id of the first child process of `pid`, or null when it has none. */
export async function childOf(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const [first] = text.trim().split(' ');
  return first === undefined || first === '' ? null : Number(first);
}
