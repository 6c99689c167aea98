/**
 * The peer of `bench/end-to-end.ts`: how one writes this job in an afternoon. Three ffmpeg passes (PNG frames, scene
 * changes, sound), then one Transformers.js call an image and one a clip, in order, with the same networks.
 *
 *   node dist/bench/plain-way.js VIDEO MODELS_FOLDER IMAGE_MODEL SOUND_MODEL LABEL…
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RawImage, env, pipeline } from '@xenova/transformers';

const run = promisify(execFile);
const [video, modelsFolder, imageModel, soundModel, ...labels] = process.argv.slice(2);
if (!video || !modelsFolder || !imageModel || !soundModel || labels.length === 0) {
  console.error('usage: plain-way VIDEO MODELS_FOLDER IMAGE_MODEL SOUND_MODEL LABEL…');
  process.exit(1);
}
env.allowRemoteModels = false;
env.localModelPath = modelsFolder;

const SAMPLE_RATE_HZ = 48_000;
const folder = await mkdtemp(join(tmpdir(), 'plain-way-'));
const quiet = ['-nostdin', '-hide_banner', '-loglevel', 'error', '-y', '-i', video];
await run('ffmpeg', [...quiet, '-vf', 'fps=1', join(folder, '%06d.png')]);
await run('ffmpeg', [...quiet, '-an', '-vf', 'scale=256:-2,scdet', '-f', 'null', '-']);
await run('ffmpeg', [...quiet, '-vn', '-ac', '1', '-ar', String(SAMPLE_RATE_HZ), '-f', 'f32le', join(folder, 'sound')]);

const seePicture = await pipeline('zero-shot-image-classification', imageModel, { dtype: 'fp32', device: 'cpu' });
let pictures = 0;
for (const name of (await readdir(folder)).filter((file) => file.endsWith('.png')).sort()) {
  await seePicture(await RawImage.read(join(folder, name)), labels);
  pictures++;
}

const hearSound = await pipeline('zero-shot-audio-classification', soundModel, { dtype: 'fp32', device: 'cpu' });
const bytes = await readFile(join(folder, 'sound'));
const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / Float32Array.BYTES_PER_ELEMENT);
let clips = 0;
for (let start = 0; start < samples.length; start += SAMPLE_RATE_HZ) {
  await hearSound(samples.subarray(start, start + SAMPLE_RATE_HZ), labels);
  clips++;
}
await rm(folder, { recursive: true });
console.log(JSON.stringify({ pictures, clips }));
