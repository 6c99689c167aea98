import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EarsightError } from '../../core/errors.js';
import type { Artefact } from '../../core/stage.js';
import { ENCODE_FILE, encodeInfoSchema, type EncodeInfo } from '../encode/encode-info.js';
import { chunks } from '../encode/in-flight.js';
import { SILENCE_DBFS } from '../encode/sound-levels.js';
import { defineStage, type StageServices } from '../services.js';
import { gridOf, labelSchema, type LabelInfo } from './label-info.js';
import { LLP_LABELS, type Label } from './label-set.js';
import { objectSource } from './object-source.js';
import { classSource, textSource, type ScoreSource } from './score-source.js';
import { joinSources, rowsOf, zeroSilentSegments } from './segment-scores.js';

/** Segments scored at once: about 2 MB of AudioSet scores with three window widths, however long the video is. */
const SEGMENTS_PER_CHUNK = 256;

export const labelParamsSchema = z.strictObject({
  labels: z
    .array(labelSchema)
    .min(1)
    .default(() => LLP_LABELS.map(({ name, aliases }) => ({ name, aliases: [...aliases] }))),
});

/** Turns the rows of the networks into scores of labels: `segments.jsonl`, one row per segment and modality. */
export const labelStage = defineStage({
  name: 'label',
  version: 3,
  inputs: ['encode', 'track'],
  params: labelParamsSchema,
  resource: 'inference',
  scratch: false,
  async run(context) {
    const { inputs, params, folder, services, signal } = context;
    const { encode, track } = inputs;
    const info = await encode.json(ENCODE_FILE, encodeInfoSchema);
    const sources = await openSources(info, encode.folder, track, params.labels, services, signal);
    const rows = await open(join(folder, 'segments.jsonl'), 'w');
    try {
      const audio = sources.filter((source) => source.modality === 'audio');
      const visual = sources.filter((source) => source.modality === 'visual');
      const grid = gridOf(info);
      for (const { first, end } of chunks({ first: 0, end: Math.min(info.segments, grid.count) }, SEGMENTS_PER_CHUNK)) {
        signal.throwIfAborted();
        const audioScores = await joinSources(audio, params.labels.length, first, end);
        const visualScores = await joinSources(visual, params.labels.length, first, end);
        const companionScores = await joinSources(companionsOf(visual), params.labels.length, first, end);
        zeroSilentSegments(audioScores, info.levelsDbfs, first);
        let text = '';
        for (let index = first; index < end; index += 1)
          for (const row of rowsOf(
            grid,
            index,
            params.labels,
            audioScores,
            visualScores,
            companionScores,
            index - first,
          ))
            text += `${JSON.stringify(row)}\n`;
        await rows.write(text);
        context.progress(end / info.segments);
      }
      await writeFile(join(folder, 'label.json'), JSON.stringify(describe(info, params.labels, sources)));
    } finally {
      await rows.close();
      for (const source of sources) await source.close();
    }
  },
});

async function openSources(
  info: EncodeInfo,
  folder: string,
  track: Artefact,
  labels: readonly Label[],
  services: StageServices,
  signal: AbortSignal,
): Promise<ScoreSource[]> {
  const sources: ScoreSource[] = [];
  try {
    for (const encoded of info.encoders) {
      if (encoded.meaning !== 'embedding') {
        sources.push(await classSource(info, encoded, folder, labels));
        continue;
      }
      const packs = await services.packs();
      const encoder = [...(packs?.frames ?? []), ...(packs?.sounds ?? [])].find(
        ({ identity }) => identity.sha256 === encoded.model.sha256 && identity.role === encoded.model.role,
      );
      const text = encoder && packs?.textFor(encoder.identity);
      if (text == null)
        throw new EarsightError('EARSIGHT_BUG', { reason: `no text encoder for ${encoded.model.name}` });
      sources.push(await textSource(info, encoded, folder, labels, text, services.cacheFolder, signal));
    }
    for (const detector of info.detectors) sources.push(await objectSource(info, detector, track, labels));
  } catch (thrown) {
    for (const source of sources) await source.close();
    throw thrown;
  }
  return sources;
}

function companionsOf(sources: readonly ScoreSource[]): Pick<ScoreSource, 'covered' | 'read'>[] {
  return sources.flatMap(({ companions }) =>
    companions === undefined ? [] : [{ covered: companions.labels, read: companions.read }],
  );
}

function describe(info: EncodeInfo, labels: readonly Label[], sources: readonly ScoreSource[]): LabelInfo {
  const names = (indices: Iterable<number>): string[] =>
    [...indices].sort((a, b) => a - b).flatMap((index) => labels[index]?.name ?? []);
  const coveredBy = (modality: ScoreSource['modality']): Set<number> =>
    new Set(sources.filter((source) => source.modality === modality).flatMap((source) => [...source.covered]));
  const modalities = [
    { modality: 'audio' as const, present: info.hasSound },
    { modality: 'visual' as const, present: info.segmentFrame.some((frame) => frame >= 0) },
  ];
  return {
    schema: 1,
    device: info.device,
    frameMode: info.frameMode,
    durationSec: info.durationSec,
    segmentSec: info.segmentSec,
    segments: info.segments,
    labels: labels.map(({ name, aliases }) => ({ name, aliases: [...aliases] })),
    covered: { audio: names(coveredBy('audio')), visual: names(coveredBy('visual')) },
    uncovered: modalities.flatMap(({ modality, present }) => {
      if (!present) return [];
      const covered = coveredBy(modality);
      return labels.flatMap(({ name }, label) => (covered.has(label) ? [] : [{ label: name, modality }]));
    }),
    companions: sources.flatMap(({ companions }) =>
      (companions?.labels ?? []).flatMap((label, index) => {
        const name = labels[label]?.name;
        return name === undefined || coveredBy('visual').has(label)
          ? []
          : [{ label: name, seenAs: companions?.seenAs[index] ?? '' }];
      }),
    ),
    sources: sources.map(({ model, modality, covered, unmatched }) => ({
      model,
      modality,
      covered: names(covered),
      unmatched: [...unmatched],
    })),
    silenceDbfs: SILENCE_DBFS,
  };
}
