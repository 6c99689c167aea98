import { join } from 'node:path';
import { readLines } from '../../pipeline/store/read-lines.js';
import { objectsRowSchema, type EncodeInfo } from '../encode/encode-info.js';
import { coverLabels } from './class-coverage.js';
import type { Label } from './label-set.js';
import { logit } from './operating-points.js';
import { perFrame, type ScoreSource } from './score-source.js';

/** A detector of boxes: the most confident box of a label's classes counts. */
export async function objectSource(
  info: EncodeInfo,
  detector: EncodeInfo['detectors'][number],
  folder: string,
  labels: readonly Label[],
): Promise<ScoreSource> {
  const { classesOf, unmatched } = coverLabels(labels, detector.classes, 'coco');
  const covered = classesOf.flatMap((classes, label) => (classes.length > 0 ? [label] : []));
  const columnsOf = new Map<string, number[]>();
  covered.forEach((label, column) => {
    for (const index of classesOf[label] ?? []) {
      const name = detector.classes[index] ?? '';
      columnsOf.set(name, [...(columnsOf.get(name) ?? []), column]);
    }
  });
  // A number a frame and label: a two-hour video has less than a megabyte of them.
  const best = new Float32Array(info.frameTimesSec.length * covered.length);
  for await (const line of readLines(join(folder, 'objects.jsonl'))) {
    const row = objectsRowSchema.parse(JSON.parse(line));
    if (row.model !== detector.model.sha256) continue;
    for (const object of row.objects)
      for (const column of columnsOf.get(object.label) ?? []) {
        const cell = row.frame * covered.length + column;
        best[cell] = Math.max(best[cell] ?? 0, object.confidence);
      }
  }
  const logOdds = best.map((confidence) => logit(confidence) - logit(detector.presentFrom));
  return {
    model: detector.model,
    modality: 'visual',
    covered,
    unmatched,
    read: (first, end) =>
      perFrame(info, first, end, covered.length, (frame, count) =>
        Promise.resolve(logOdds.subarray(frame * covered.length, (frame + count) * covered.length)),
      ),
    close: () => Promise.resolve(),
  };
}
