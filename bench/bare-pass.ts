/**
 * Runs ffmpeg alone, with the same outputs as the extract stage for a CLIP and CLAP pack, and with its pipes going to
 * /dev/null: the lower bound that `bench/end-to-end.ts` compares with. `node dist/bench/bare-pass.js VIDEO`
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { planDecode } from '../stages/extract/decode/decode-plan.js';
import { ffmpegCapabilities } from '../stages/extract/ffmpeg/capabilities.js';
import { programPath } from '../stages/extract/ffmpeg/programs.js';
import { extractParamsSchema, type ExtractParams } from '../stages/extract/params.js';
import { probe } from '../stages/extract/probe/probe.js';
import { sniffContainer } from '../stages/extract/probe/sniff.js';
import { chooseTracks } from '../stages/extract/probe/tracks.js';
import { PREVIEW_GEOMETRY } from '../stages/shots/write-key-frame.js';

export async function barePass(path: string, folder: string, params: ExtractParams): Promise<void> {
  const signal = new AbortController().signal;
  const demuxer = await sniffContainer(path);
  const capabilities = await ffmpegCapabilities();
  const probed = await probe({ path, demuxer, signal, limitSec: 30 });
  const { video, audio } = chooseTracks(path, probed, params.limits, capabilities.decoders);
  const plan = planDecode({ path, demuxer, folder, params, probed, video, audio, capabilities, clock: null });
  const args = plan.args.map((word) => word.replace(/pipe(\\?):\d+/, 'file$1:/dev/null'));
  const child = spawn(await programPath('ffmpeg'), ['-y', ...args], { stdio: 'ignore' });
  const [status] = (await once(child, 'close')) as [number];
  if (status !== 0) throw new Error(`ffmpeg ended with ${status}`);
}

const [video] = process.argv.slice(2);
if (import.meta.filename === process.argv[1] && video !== undefined) {
  const folder = await mkdtemp(join(tmpdir(), 'bare-pass-'));
  const geometries = [PREVIEW_GEOMETRY, { width: 224, height: 224, fit: 'crop', shortSide: 224 }];
  await barePass(resolve(video), folder, extractParamsSchema.parse({ geometries, sampleRatesHz: [16_000, 48_000] }));
  await rm(folder, { recursive: true });
}
