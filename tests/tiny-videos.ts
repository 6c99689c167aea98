import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Makes different videos of two seconds and a few kilobytes each, `tiny-00.mp4`, … @returns their names. */
export async function makeTinyVideos(folder: string, count: number): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const names = Array.from({ length: count }, (_, index) => `tiny-${String(index).padStart(2, '0')}.mp4`);
  for (const [index, name] of names.entries()) {
    const picture = `testsrc2=size=96x54:rate=10:duration=2,hue=h=${index * 20}`;
    const sound = `sine=frequency=${200 + 40 * index}:duration=2`;
    const inputs = ['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', sound];
    await execute('ffmpeg', ['-v', 'error', '-y', ...inputs, '-bitexact', '-shortest', join(folder, name)]);
  }
  return names;
}

/** Makes a pack without networks, with which a run is quick. @returns its folder. */
export async function makeEmptyPack(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const manifest = { schema: 1, name: 'empty', description: 'No networks.', models: [] };
  await writeFile(join(folder, 'pack.json'), JSON.stringify(manifest));
  return folder;
}
