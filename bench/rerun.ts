/**
 * Measures a second run over a finished folder: 200 different clips, then the same command again.
 *
 *   node dist/bench/rerun.js PACK [CLIPS=200]
 */
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { earsight, ffmpeg, timed } from './child-runs.js';

const [pack = '', clips = '200'] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'rerun-'));
try {
  const videos = join(folder, 'videos');
  await mkdir(videos);
  for (let clip = 0; clip < Number(clips); clip++) {
    const picture = `testsrc2=size=320x180:rate=15,hue=h=${(clip * 360) / Number(clips)}`;
    const sound = `sine=frequency=${200 + 7 * clip}:sample_rate=48000`;
    const inputs = ['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', sound];
    await ffmpeg(...inputs, '-t', '3', '-c:v', 'libx264', '-preset', 'ultrafast', join(videos, `${clip}.mp4`));
  }
  const args = ['run', videos, '--out', join(folder, 'out'), '--pack', resolve(pack), '--offline', '--device', 'cpu'];
  const first = await timed('first run', process.execPath, earsight(args));
  const second = await timed('second run', process.execPath, earsight(args));
  console.log(`second / first: ${((100 * second) / first).toFixed(2)} %`);
} finally {
  await rm(folder, { recursive: true });
}
