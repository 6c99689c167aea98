import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAudioTags } from '../../models/encoders/audio-tags.js';
import type { SoundEncoder } from '../../models/encoders/encoder.js';
import { resolvePacks } from '../../models/packs/resolve-packs.js';
import { InferencePool } from '../../models/runtime/inference-pool.js';
import { windowStart } from '../../stages/encode/window-layout.js';
import { logit, operatingLogit } from '../../stages/label/operating-points.js';

/** A tagger's scores for every second, as log-odds relative to the operating point: 0 or more means present. */
export interface Heard {
  readonly segments: number;
  /** The largest score of the given classes in a segment; -Infinity if the tagger has none of them. */
  score(segment: number, names: readonly string[]): number;
  /** The largest score of the given classes over all segments. */
  best(names: readonly string[]): number;
}

export interface Listener {
  readonly classes: readonly string[];
  readonly sampleRateHz: number;
  listen(sound: Float32Array): Promise<Heard>;
  close(): Promise<void>;
}

/**
 * Opens the sound tagger of a pack and pools its windows as a run does: windows of each width, centred on each second.
 */
export async function openListener(packPath: string): Promise<Listener> {
  const resolved = await resolvePacks([packPath], { cacheDir: join(tmpdir(), 'earsight-heard') });
  const found = resolved.models.find(({ manifest }) => manifest.role === 'audio-tags');
  if (found?.manifest.role !== 'audio-tags') throw new TypeError(`${packPath} has no sound tagger`);
  const pool = await InferencePool.open({ device: 'cpu', threads: 2 });
  const encoder = await openAudioTags(found.identity, found.folder, found.manifest, pool);
  const { presentFrom } = found.manifest.output;
  const points = encoder.classes.map((name) =>
    presentFrom === undefined ? operatingLogit('audioset', name) : logit(presentFrom),
  );
  return {
    classes: encoder.classes,
    sampleRateHz: encoder.sampleRateHz,
    listen: (sound) => listen(encoder, points, sound),
    close: () => pool.close(),
  };
}

async function listen(encoder: SoundEncoder, points: readonly number[], sound: Float32Array): Promise<Heard> {
  const { sampleRateHz: rate, width, windowsSec, ends, classes } = encoder;
  const segments = Math.max(1, Math.ceil(sound.length / rate));
  const windows = windowsSec.flatMap((seconds) => {
    const length = Math.round(seconds * rate);
    return Array.from({ length: segments }, (_, segment) => ({
      start: windowStart(segment, 1, length, sound.length, rate, ends),
      length,
    }));
  });
  // A window may begin before the sound: silence is prepended.
  const lead = Math.max(0, ...windows.map(({ start }) => -start));
  const led = new Float32Array(lead + sound.length);
  led.set(sound, lead);
  const inside = windows.map(({ start, length }) => ({ start: start + lead, length }));
  const scores = await encoder.encode(led, inside);
  const pooled = Array.from({ length: segments * width }, (_, cell) => {
    const logits = windowsSec.map((_seconds, k) => logit(scores[k * segments * width + cell] ?? 0));
    return logits.reduce((sum, value) => sum + value, 0) / logits.length - (points[cell % width] ?? 0);
  });
  const score = (segment: number, names: readonly string[]): number =>
    names.reduce((most, name) => {
      const index = classes.indexOf(name);
      return index < 0 ? most : Math.max(most, pooled[segment * width + index] ?? -Infinity);
    }, -Infinity);
  const best = (names: readonly string[]): number =>
    Array.from({ length: segments }, (_, segment) => score(segment, names)).reduce((a, b) => Math.max(a, b), -Infinity);
  return { segments, score, best };
}
