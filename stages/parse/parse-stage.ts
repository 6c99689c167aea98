import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import {
  eventsFileSchema,
  segmentRowSchema,
  type EventsFile,
  type Modality,
  type VideoEvent,
} from '../../core/schemas/events.js';
import { segmentSeconds } from '../../core/segments.js';
import { readLines } from '../../core/store/read-lines.js';
import { boundWarnings, toldWarning, warningOf, type Warning } from '../../core/warnings.js';
import { gridOf, labelInfoSchema, type LabelInfo } from '../label/label-info.js';
import { namesOf } from '../label/label-set.js';
import { defineStage } from '../services.js';
import { decodeAudioVisual, decodeEvents, type DecodedEvent, type DecodingRule } from './decode.js';

export const eventRuleSchema = z.strictObject({ on: z.number().min(0).max(1), minSec: z.number().nonnegative() });

export const parseParamsSchema = z.strictObject({
  /** Scores are scaled so that 0.5 means present (stages/label/operating-points.ts). */
  on: z.number().min(0).max(1).default(0.5),
  /** Half the odds of `on`: an event does not end where a sound fades or is masked for a moment. */
  off: z
    .number()
    .min(0)
    .max(1)
    .default(1 / 3),
  /** For labels whose line in the list has a rule of its own; `off` is then half the odds of that `on`. */
  rules: z.record(z.string(), eventRuleSchema).default({}),
});
export type ParseParams = z.infer<typeof parseParamsSchema>;

type SingleModality = Exclude<Modality, 'audio-visual'>;

/** Turns scores of segments into events of labels: `events.json`. */
export const parseStage = defineStage({
  name: 'parse',
  version: 6,
  // Shots and sound are read for their warnings alone.
  inputs: ['label', 'shots', 'sound'],
  params: parseParamsSchema,
  resource: 'light',
  scratch: false,
  async run({ source, inputs, params, folder, signal }) {
    const { label } = inputs;
    const info = await label.json('label.json', labelInfoSchema);
    const scores = await readScores(join(label.folder, 'segments.jsonl'), info, signal);
    const file: EventsFile = {
      schema: 1,
      source: { path: source.path, sha256: source.sha256, bytes: source.bytes, durationSec: info.durationSec },
      grid: { segmentSec: info.segmentSec, count: info.segments },
      frameMode: info.frameMode,
      device: info.device,
      labels: info.labels.map(({ name }) => name),
      uncovered: info.uncovered,
      models: info.sources.map(({ model }) => model),
      events: eventsOf(info, scores, params),
      warnings: boundWarnings([
        ...Object.values(inputs).flatMap(({ warnings }) => warnings),
        ...unmatchedNames(info),
      ]).map(toldWarning),
    };
    await writeFile(join(folder, 'events.json'), JSON.stringify(eventsFileSchema.parse(file), null, 1));
  },
});

/**
 * A warning that lists the names and aliases that no network has a class for. It is the only place where a typing error in
 * an alias shows. Labels that no network covers at all are left out, because `uncovered` lists them.
 */
function unmatchedNames({ labels, covered, sources }: LabelInfo): Warning[] {
  const coveredLabels = new Set([...covered.audio, ...covered.visual]);
  const unmatchedByAll = labels
    .filter(({ name }) => coveredLabels.has(name))
    .flatMap(namesOf)
    .filter((name) => sources.every(({ unmatched }) => unmatched.includes(name)));
  return unmatchedByAll.length === 0
    ? []
    : [warningOf('EARSIGHT_WARN_LABEL_UNKNOWN', { names: unmatchedByAll.join('; ') })];
}

/** The events of all labels in every modality, in order of time. */
export function eventsOf(
  info: Pick<LabelInfo, 'labels' | 'segmentSec' | 'durationSec' | 'companions'>,
  scores: Readonly<Record<SingleModality | 'companion', ReadonlyMap<string, Float32Array>>>,
  params: ParseParams,
): VideoEvent[] {
  const events: VideoEvent[] = [];
  const grid = gridOf(info);
  for (const { name } of info.labels) {
    const rule = ruleFor(name, info.segmentSec, params);
    const audio = scores.audio.get(name);
    const visual = scores.visual.get(name);
    const companion = scores.companion.get(name);
    const seenAs = info.companions.find(({ label }) => label === name)?.seenAs;
    const add = (modality: Modality, decoded: readonly DecodedEvent[], seen?: string): void => {
      for (const { start, end, confidence } of decoded)
        events.push({
          modality,
          label: name,
          startSec: segmentSeconds(grid, start).startSec,
          endSec: segmentSeconds(grid, end - 1).endSec,
          confidence: Math.round(confidence * 1e4) / 1e4,
          ...(seen === undefined ? {} : { seenAs: seen }),
        });
    };
    if (audio) add('audio', decodeEvents(audio, rule));
    if (visual) add('visual', decodeEvents(visual, rule));
    if (audio && visual) add('audio-visual', decodeAudioVisual(audio, visual, rule, rule));
    else if (audio && companion) add('audio-visual', decodeAudioVisual(audio, companion, rule, rule), seenAs);
  }
  return events.sort((a, b) => a.startSec - b.startSec || a.endSec - b.endSec);
}

function ruleFor(label: string, segmentSec: number, params: ParseParams): DecodingRule {
  const own = Object.hasOwn(params.rules, label) ? params.rules[label] : undefined;
  const { on, off } = own === undefined ? params : { on: own.on, off: own.on / (2 - own.on) };
  return { on, off, minSegments: Math.max(1, Math.ceil((own?.minSec ?? 0) / segmentSec)) };
}

/**
 * One score per segment, label and modality: 1.4 MB for a two-hour video and 25 labels. The file holds the product of a
 * companion's score and the audio score, so the companion's own score is that product divided by the audio score; where
 * the audio score is 0, it does not matter.
 */
async function readScores(
  path: string,
  info: LabelInfo,
  signal: AbortSignal,
): Promise<Record<SingleModality | 'companion', Map<string, Float32Array>>> {
  const rows = (names: readonly string[]): Map<string, Float32Array> =>
    new Map(names.map((name) => [name, new Float32Array(info.segments)]));
  const companion = rows(info.companions.map(({ label }) => label));
  const scores = { audio: rows(info.covered.audio), visual: rows(info.covered.visual), companion };
  for await (const line of readLines(path, signal)) {
    const row = segmentRowSchema.parse(JSON.parse(line));
    for (const [name, score] of Object.entries(row.scores)) {
      // The audio row of a segment comes before its audio-visual row.
      const audio = scores.audio.get(name)?.[row.index] ?? 0;
      const values = scores[row.modality === 'audio-visual' ? 'companion' : row.modality].get(name);
      if (values)
        values[row.index] = row.modality !== 'audio-visual' ? score : audio > 0 ? Math.min(1, score / audio) : 0;
    }
  }
  return scores;
}
