/**
 * The baseline of `bench/end-to-end.ts`: a straightforward script for the same task. Three ffmpeg passes (PNG frames,
 * scene changes, sound) are followed by one Transformers.js call per image and one per sound clip, one after another,
 * with the same networks. The label prompts are embedded once.
 *
 * node dist/bench/plain-way.js VIDEO PACK_FOLDER LABEL…
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import {
  AutoProcessor,
  AutoTokenizer,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
  ClapAudioModelWithProjection,
  ClapTextModelWithProjection,
  RawImage,
  env,
} from '@xenova/transformers';

const [video = '', pack = '', ...labels] = process.argv.slice(2);
const run = promisify(execFile);
env.allowRemoteModels = false;
env.localModelPath = dirname(resolve(pack));
const clip = join(basename(pack), 'clip');
const clap = join(basename(pack), 'clap');
const options = { dtype: 'fp32', device: 'cpu' } as const;

const SAMPLE_RATE_HZ = 48_000;
const folder = await mkdtemp(join(tmpdir(), 'plain-way-'));
const quiet = ['-nostdin', '-hide_banner', '-loglevel', 'error', '-y', '-i', video];
await run('ffmpeg', [...quiet, '-vf', 'fps=1', join(folder, '%06d.png')]);
await run('ffmpeg', [...quiet, '-an', '-vf', 'scale=256:-2,scdet', '-f', 'null', '-']);
await run('ffmpeg', [...quiet, '-vn', '-ac', '1', '-ar', String(SAMPLE_RATE_HZ), '-f', 'f32le', join(folder, 'sound')]);

type Call = (input: unknown) => Promise<Record<string, { data: Float32Array }>>;
const seeTokens = (await AutoTokenizer.from_pretrained(clip)) as unknown as (texts: string[], how: object) => object;
const hearTokens = (await AutoTokenizer.from_pretrained(clap)) as unknown as typeof seeTokens;
const seeText = (await CLIPTextModelWithProjection.from_pretrained(clip, options)) as unknown as Call;
const hearText = (await ClapTextModelWithProjection.from_pretrained(clap, options)) as unknown as Call;
const how = { padding: true, truncation: true };
const seenLabels = (await seeText(seeTokens(labels, how)))['text_embeds']?.data;
const heardLabels = (await hearText(hearTokens(labels, how)))['text_embeds']?.data;

const prepareImage = (await AutoProcessor.from_pretrained(clip)) as unknown as (image: RawImage) => Promise<object>;
const seeImage = (await CLIPVisionModelWithProjection.from_pretrained(clip, options)) as unknown as Call;
let compared = 0;
let pictures = 0;
for (const name of (await readdir(folder)).filter((file) => file.endsWith('.png')).sort()) {
  const seen = await seeImage(await prepareImage(await RawImage.read(join(folder, name))));
  compared += similarity(seen['image_embeds']?.data, seenLabels);
  pictures++;
}

const prepareSound = (await AutoProcessor.from_pretrained(clap)) as unknown as (s: Float32Array) => Promise<object>;
const hearSound = (await ClapAudioModelWithProjection.from_pretrained(clap, options)) as unknown as Call;
const bytes = await readFile(join(folder, 'sound'));
const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / Float32Array.BYTES_PER_ELEMENT);
let clips = 0;
for (let start = 0; start < samples.length; start += SAMPLE_RATE_HZ) {
  const heard = await hearSound(await prepareSound(samples.slice(start, start + SAMPLE_RATE_HZ)));
  compared += similarity(heard['audio_embeds']?.data, heardLabels);
  clips++;
}
await rm(folder, { recursive: true });
console.log(JSON.stringify({ pictures, clips, compared }));

/** Sum of the dot products of one embedding with all label embeddings; printed to show that no work was skipped. */
function similarity(one: Float32Array | undefined, many: Float32Array | undefined): number {
  let sum = 0;
  many?.forEach((value, index) => (sum += value * (one?.[index % one.length] ?? Number.NaN)));
  return sum;
}
