import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import sharp from 'sharp';
import type { AudioFile } from '../core/schemas/audio.js';
import type { EventsFile, Modality, SegmentRow, VideoEvent } from '../core/schemas/events.js';
import type { BodyPoint, ObjectsFile, ObjectTrack, Sighting } from '../core/schemas/objects.js';
import { cameraMovementSchema, type Shot, type ShotsFile } from '../core/schemas/shots.js';
import { Artefact, selectInputs } from '../core/stage.js';
import type { ToldWarning } from '../core/schemas/warning.js';
import { REPORT_INPUTS } from '../stages/report/report-input.js';

export interface Sample {
  readonly path: string;
  readonly durationSec: number;
  readonly shots: number;
  readonly labels: readonly string[];
  /** Labels from here on never reach an event. */
  readonly eventful: number;
  readonly sound: boolean;
  readonly models: boolean;
  readonly warnings: readonly ToldWarning[];
  /** Where the first shot begins; 0 by default. */
  readonly firstShotSec?: number;
}

/** Artefacts as the stages before the report leave them, made up but possible: the same sample, the same bytes. */
export async function writeSampleArtefacts(
  root: string,
  sample: Sample,
): Promise<Record<(typeof REPORT_INPUTS)[number], Artefact>> {
  const artefacts = REPORT_INPUTS.map((stage) => new Artefact({ key: stage, stage, folder: join(root, stage) }));
  for (const { folder } of artefacts) await mkdir(folder, { recursive: true });
  const shots = await writeShots(join(root, 'shots'), sample);
  await writeFile(join(root, 'track', 'objects.json'), JSON.stringify(objectsOf(sample, shots)));
  await writeFile(join(root, 'sound', 'audio.json'), JSON.stringify(audioOf(sample)));
  await writeFile(join(root, 'parse', 'events.json'), JSON.stringify(await writeScores(join(root, 'label'), sample)));
  return selectInputs({ name: 'report', inputs: REPORT_INPUTS }, new Map(artefacts.map((one) => [one.stage, one])));
}

async function writeShots(folder: string, { durationSec, shots: count, firstShotSec = 0 }: Sample): Promise<Shot[]> {
  await mkdir(join(folder, 'keyframes'), { recursive: true });
  const movements = cameraMovementSchema.options;
  const borders = Array.from({ length: count + 1 }, (_, at) =>
    at === 0 || at === count ? (at / Math.max(1, count)) * durationSec : ((at + 0.6 * noise(at)) / count) * durationSec,
  );
  const shots: Shot[] = [];
  for (let index = 0; index < count; index++) {
    const startSec = index === 0 ? firstShotSec : (borders[index] ?? 0);
    const endSec = borders[index + 1] ?? durationSec;
    const path = `keyframes/shot-${String(index + 1).padStart(4, '0')}.jpg`;
    // A few dozen different pictures are enough; what matters for a page's size is how many there are.
    await writeFile(join(folder, path), await landscape(index % 24));
    const movement = movements[index % movements.length] ?? 'static';
    shots.push({
      index,
      startSec,
      endSec,
      camera: index % 9 === 8 ? null : { movement, magnitude: 0.02 + 0.3 * noise(index) },
      keyFrame: { timeSec: (startSec + endSec) / 2, path },
    });
  }
  const file: ShotsFile = {
    schema: 1,
    detector: { name: 'content', threshold: 27, minSceneFrames: 15 },
    precision: 'frame',
    cutsSec: shots.slice(1).map(({ startSec }) => startSec),
    shots,
  };
  await writeFile(join(folder, 'shots.json'), JSON.stringify(file));
  return shots;
}

/** In every key frame a person with a face and two body points, and in every other one a dog. */
function objectsOf({ models }: Sample, shots: readonly Shot[]): ObjectsFile {
  const detector = { pack: 'built-in', name: 'boxes', role: 'objects', licence: 'MIT', sha256: 'ef56'.repeat(16) };
  const trackOf = (label: string, id: number, look: Sighting): ObjectTrack => ({
    ...{ id, model: detector.sha256, label, shot: id, startSec: look.timeSec, endSec: look.timeSec },
    confidence: look.confidence,
    sightings: [look],
  });
  const tracks = (models ? shots : []).flatMap(({ index, keyFrame }) => {
    const seen = { timeSec: keyFrame?.timeSec ?? 0, frame: index, confidence: 0.82, y: 0.2, width: 0.2, height: 0.7 };
    const face = { confidence: 0.9, x: 0.25, y: 0.22, width: 0.1, height: 0.16 };
    const points = Array.from({ length: 17 }, (_, at): BodyPoint => [0.2 + at / 100, 0.4, at < 15 ? 0.1 : 0.8]);
    const person = trackOf('person', 2 * index, { ...seen, x: 0.2, face, points });
    return index % 2 === 0 ? [person] : [person, trackOf('dog', 2 * index + 1, { ...seen, x: 0.6, confidence: 0.4 })];
  });
  const bodyPoints = { names: Array.from({ length: 17 }, (_, at) => `point ${at}`), presentFrom: 0.3 };
  return { schema: 1, models: models ? [detector] : [], bodyPoints, tracks };
}

const landscapes = new Map<number, Buffer>();
async function landscape(seed: number): Promise<Buffer> {
  const known = landscapes.get(seed);
  if (known) return known;
  const hue = Math.round(noise(seed) * 360);
  const grain = Array.from({ length: 160 }, (_, at) => {
    const [x, y, size] = [noise(seed + at * 3) * 640, 190 + noise(seed + at * 5) * 170, 4 + noise(at) * 22];
    return `<circle cx="${x}" cy="${y}" r="${size}" fill="hsl(${(hue + 90 + at) % 360} 30% ${20 + noise(at * 7) * 40}%)"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"><defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="hsl(${hue} 60% 40%)"/><stop offset="1" stop-color="hsl(${(hue + 40) % 360} 70% 78%)"/></linearGradient></defs><rect width="640" height="360" fill="url(#sky)"/><circle cx="${100 + noise(seed * 2) * 440}" cy="${60 + noise(seed) * 90}" r="44" fill="hsl(${(hue + 180) % 360} 80% 82%)"/><path d="M0 240 Q160 ${120 + noise(seed) * 90} 320 230 T640 200 V360 H0Z" fill="hsl(${(hue + 80) % 360} 35% 30%)"/>${grain.join('')}</svg>`;
  const picture = await sharp(Buffer.from(svg)).jpeg({ quality: 85 }).toBuffer();
  landscapes.set(seed, picture);
  return picture;
}

function audioOf({ durationSec, sound, models }: Sample): AudioFile {
  const segments = Math.ceil(durationSec);
  const bins = sound ? Math.ceil(durationSec * 50) : 0;
  const level = (sec: number): number => Math.max(0, Math.sin(sec / 3.1) * 0.5 + Math.sin(sec / 17) * 0.4 + 0.25);
  const quiet = (sec: number): boolean => sec % 23 > 20;
  return {
    schema: 1,
    integratedLufs: sound ? -18.4 : null,
    loudnessRangeLu: sound ? 7.1 : null,
    truePeakDbtp: sound ? -1.2 : null,
    segmentLufs: Array.from({ length: sound ? segments : 0 }, (_, at) => (quiet(at) ? null : -45 + 32 * level(at))),
    onsetsSec: Array.from({ length: sound ? segments : 0 }, (_, at) => Math.min(at + noise(at) * 0.9, durationSec)),
    silences: Array.from({ length: sound ? Math.floor(durationSec / 23) : 0 }, (_, at) => ({
      startSec: at * 23 + 20,
      endSec: (at + 1) * 23,
    })),
    speech: models ? [{ startSec: durationSec * 0.1, endSec: durationSec * 0.3 }] : null,
    waveform: {
      binSec: 0.02,
      peaks: Array.from({ length: bins }, (_, at) =>
        Math.min(1, quiet(at / 50) ? 0.004 : level(at / 50) * (0.35 + 0.65 * noise(at))),
      ),
    },
  };
}

/** Writes `segments.jsonl` and returns the events that its scores make above one half. */
async function writeScores(folder: string, sample: Sample): Promise<EventsFile> {
  const { durationSec, labels } = sample;
  const count = Math.ceil(durationSec);
  const senses: Modality[] = [];
  if (sample.models && sample.sound) senses.push('audio');
  if (sample.models && sample.shots > 0) senses.push('visual');
  if (senses.length === 2) senses.push('audio-visual');
  const events: VideoEvent[] = [];
  const open = new Map<string, VideoEvent>();
  const lines = createWriteStream(join(folder, 'segments.jsonl'));
  for (let index = 0; index < count; index++) {
    const endSec = Math.min(index + 1, durationSec);
    for (const modality of senses) {
      const scores: Record<string, number> = {};
      labels.forEach((label, at) => {
        const score = scoreOf(at, index, modality, at < sample.eventful);
        scores[label] = score;
        const key = `${modality} ${label}`;
        const current = open.get(key);
        if (score < (modality === 'audio-visual' ? 0.25 : 0.5)) open.delete(key);
        else if (current) current.endSec = endSec;
        else {
          const event = { modality, label, startSec: index, endSec, confidence: score };
          open.set(key, event);
          events.push(event);
        }
      });
      const row: SegmentRow = { schema: 1, index, startSec: index, endSec, modality, scores };
      if (!lines.write(`${JSON.stringify(row)}\n`)) await once(lines, 'drain');
    }
  }
  lines.end();
  await finished(lines);
  return {
    schema: 1,
    source: { path: sample.path, sha256: '0123456789abcdef'.repeat(4), bytes: 12_345_678, durationSec },
    grid: { segmentSec: 1, count },
    frameMode: 'all',
    device: sample.models ? 'cpu' : null,
    labels: [...labels],
    uncovered: sample.models ? unknownOf(labels) : [],
    models: sample.models
      ? [
          { pack: 'lite', name: 'tagger', role: 'audio-tags', licence: 'MIT', sha256: 'ab12'.repeat(16) },
          { pack: 'lite', name: 'classifier', role: 'image-tags', licence: 'Apache-2.0', sha256: 'cd34'.repeat(16) },
        ]
      : [],
    events,
    warnings: [...sample.warnings],
  };
}

function scoreOf(label: number, segment: number, modality: Modality, eventful: boolean): number {
  if (modality === 'audio-visual')
    return scoreOf(label, segment, 'audio', eventful) * scoreOf(label, segment, 'visual', eventful);
  const phase = label * 2.3 + (modality === 'audio' ? 0 : 0.8);
  const wave = Math.sin(segment / (5 + label * 1.7) + phase) ** 3;
  const score = (eventful ? 0.95 : 0.4) * Math.max(0, wave) + 0.05 * noise(segment + label);
  return Math.min(1, Math.round(score * 1e4) / 1e4);
}

/** 0 to 1, the same for the same number. */
function noise(seed: number): number {
  const value = Math.sin(seed * 127.1 + 11.7) * 43_758.5453;
  return value - Math.floor(value);
}

/** The last label can only be heard, the one before it neither heard nor seen. */
function unknownOf(labels: readonly string[]): EventsFile['uncovered'] {
  const [unknown = 'Helicopter', heard = 'Banjo'] = labels.slice(-2);
  return [
    { label: unknown, modality: 'audio' },
    { label: unknown, modality: 'visual' },
    { label: heard, modality: 'visual' },
  ];
}
