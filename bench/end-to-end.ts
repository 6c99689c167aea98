/**
 * Compares earsight with a straightforward script (`bench/plain-way.ts`) and with one bare ffmpeg pass with the same
 * outputs, in turn on one long 1080p video, with the same networks (CLIP- and CLAP-shaped, random weights).
 *
 *   node dist/bench/end-to-end.js TOKENIZERS [MINUTES=10] [ROUNDS=1]
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeTinyPack } from '../models/encoders/testing/tiny-pack.js';
import { built, earsight, ffmpeg, timed } from './child-runs.js';

const [tokenizers = '../shared/models/tokenizers', minutes = '10', rounds = '1'] = process.argv.slice(2);
/** H.264 as cameras and video sites typically write it: 12 Mbit/s and a key frame every two seconds. */
const encoding = '-c:v libx264 -preset veryfast -b:v 12M -g 60 -pix_fmt yuv420p -c:a aac'.split(' ');
const LABELS = ['Dog', 'Speech', 'Car', 'Rain', 'Helicopter'];

const folder = await mkdtemp(join(tmpdir(), 'end-to-end-'));
try {
  const pack = join(folder, 'tiny');
  await mkdir(pack);
  // One window of a second per segment, as in the straightforward script.
  await writeTinyPack(pack, resolve(tokenizers), [1]);
  const video = await longVideo(Number(minutes));
  const run = (name: string, ...flags: string[]): Promise<number> =>
    timed(
      name,
      process.execPath,
      earsight(['run', video, '--out', join(folder, name), '--pack', pack, '--offline', '--device', 'cpu', ...flags]),
    );
  for (let round = 0; round < Number(rounds); round++) {
    const plain = await timed('plain way', process.execPath, [built('bench/plain-way.js'), video, pack, ...LABELS]);
    const bare = await timed('bare ffmpeg pass', process.execPath, [built('bench/bare-pass.js'), video]);
    const all = await run(`all-${round}`);
    const keys = await run(`keyframes-${round}`, '--frames', 'keyframes');
    console.log(
      `ratios: plain / all frames ${(plain / all).toFixed(2)}, plain / key frames ${(plain / keys).toFixed(2)}, ` +
        `all frames / bare pass ${(all / bare).toFixed(3)}`,
    );
  }
} finally {
  await rm(folder, { recursive: true });
}

/** Makes a video from a minute of noisy, moving 1080p30, repeated without re-encoding. */
async function longVideo(length: number): Promise<string> {
  const minute = join(folder, 'minute.mp4');
  const path = join(folder, 'long.mp4');
  const picture = 'testsrc2=size=1920x1080:rate=30,noise=alls=12:allf=t';
  const sound = "aevalsrc='0.3*sin(2*PI*(300+200*floor(mod(t,7)))*t)*gt(mod(t,2),0.7)+0.02*random(0)':s=48000";
  await ffmpeg('-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', sound, ...encoding, '-t', '60', minute);
  await ffmpeg('-stream_loop', String(length - 1), '-i', minute, '-c', 'copy', path);
  return path;
}
