import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface JoinedScenes {
  readonly path: string;
  /** Times of the first frame of every scene except the first one. */
  readonly cutsSec: readonly number[];
  readonly frameSec: number;
  readonly frames: number;
}

/**
 * Joins the scene files of a folder, in order of name, into one silent video of constant frame rate, in which every
 * boundary between scenes is a cut. Frames get new timestamps, because a sound track that is longer than its video
 * would otherwise leave a gap.
 * @throws Error if the scenes have different frame rates
 */
export async function joinScenes(folder: string, target: string): Promise<JoinedScenes> {
  const scenes = (await readdir(folder)).filter((name) => name.endsWith('.mp4')).sort();
  const rates = new Set<string>();
  const counts: number[] = [];
  for (const scene of scenes) {
    const { stdout } = await run('ffprobe', [
      ...['-v', 'error', '-select_streams', 'v:0', '-count_packets'],
      ...['-show_entries', 'stream=r_frame_rate,nb_read_packets', '-of', 'csv=p=0', join(folder, scene)],
    ]);
    const [rate = '', packets = ''] = stdout.trim().split(',');
    rates.add(rate);
    counts.push(Number(packets));
  }
  const [rate = '', ...others] = rates;
  const [num = 0, den = 1] = rate.split('/').map(Number);
  if (others.length > 0 || !(num > 0)) throw new Error(`the scenes of ${folder} do not share a frame rate`);
  const list = `${target}.txt`;
  await writeFile(list, scenes.map((scene) => `file '${join(resolve(folder), scene)}'\n`).join(''));
  await run('ffmpeg', [
    ...['-nostdin', '-v', 'error', '-y', '-f', 'concat', '-safe', '0', '-i', list, '-an'],
    ...['-vf', `setpts=N*${den}/${num}/TB`, '-r', rate],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '16', target],
  ]);
  const frameSec = den / num;
  let frames = 0;
  const starts = counts.map((count) => (frames += count) - count);
  return { path: target, cutsSec: starts.slice(1).map((start) => start * frameSec), frameSec, frames };
}
