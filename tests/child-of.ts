import { readFile } from 'node:fs/promises';

/** The first child of a process, or null. */
export async function childOf(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const [first] = text.trim().split(' ');
  return first === undefined || first === '' ? null : Number(first);
}
