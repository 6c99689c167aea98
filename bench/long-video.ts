/**
 * Compares peak memory (our process and ffmpeg together) for a video of two hours with that for a video of two minutes.
 *
 *   node dist/bench/long-video.js TOKENIZERS [HOURS=2]
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeTinyPack } from '../models/encoders/testing/tiny-pack.js';
import { earsight, ffmpeg, peakMemory } from './child-runs.js';

const [tokenizers = '../shared/models/tokenizers', hours = '2'] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'long-video-'));
try {
  const pack = join(folder, 'tiny');
  await mkdir(pack);
  await writeTinyPack(pack, resolve(tokenizers));
  const short = join(folder, 'short.mp4');
  const long = join(folder, 'long.mp4');
  const inputs = ['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=10', '-f', 'lavfi', '-i', 'sine=440:r=48000'];
  await ffmpeg(...inputs, '-t', '120', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', short);
  await ffmpeg('-stream_loop', String(Number(hours) * 30 - 1), '-i', short, '-c', 'copy', long);
  const measure = async (name: string, video: string): Promise<number> => {
    const out = join(folder, name);
    const args = ['run', video, '--out', out, '--pack', pack, '--offline', '--device', 'cpu'];
    const peak = await peakMemory(process.execPath, earsight(args));
    console.log(`${name}: ${peak.toFixed(0)} MiB at most`);
    return peak;
  };
  const two = await measure('two minutes', short);
  const whole = await measure(`${hours} hours`, long);
  console.log(`ratio: ${(whole / two).toFixed(3)}`);
} finally {
  await rm(folder, { recursive: true });
}
