import { objectsFileSchema, type ObjectTrack } from '../../core/schemas/objects.js';
import type { Artefact } from '../../core/stage.js';
import type { EncodeInfo } from '../encode/encode-info.js';
import { coverLabels } from './class-coverage.js';
import { namesOf, type Label } from './label-set.js';
import { classesWithSound } from './llp-mapping.js';
import { logit } from './operating-points.js';
import { perFrame, type ScoreSource } from './score-source.js';

/**
 * A detector of boxes, its things followed through each shot: the surest thing of a label's classes counts, from its
 * first look to its last one, a look that missed it included. Beside it, the things that are no evidence by themselves
 * but are where the label is heard.
 */
export async function objectSource(
  info: EncodeInfo,
  detector: EncodeInfo['detectors'][number],
  track: Artefact,
  labels: readonly Label[],
): Promise<ScoreSource> {
  const { classesOf, unmatched } = coverLabels(labels, detector.classes, 'coco');
  const { tracks } = await track.json('objects.json', objectsFileSchema);
  const own = tracks.filter(({ model }) => model === detector.model.sha256);
  const covered = classesOf.flatMap((classes, label) => (classes.length > 0 ? [label] : []));
  const named = (classes: readonly number[]): string[] => classes.map((index) => detector.classes[index] ?? '');
  const companions = labels.flatMap((label, index) => {
    const names = namesOf(label)
      .flatMap(classesWithSound)
      .filter((name) => detector.classes.includes(name));
    return names.length > 0 && !covered.includes(index) ? [{ label: index, names: [...new Set(names)] }] : [];
  });
  const rowsOf = (columns: readonly (readonly string[])[]): ScoreSource['read'] => {
    const logOdds = surest(info, own, columns, detector.presentFrom);
    return (first, end) =>
      perFrame(info, first, end, columns.length, (frame, count) =>
        Promise.resolve(logOdds.subarray(frame * columns.length, (frame + count) * columns.length)),
      );
  };
  return {
    model: detector.model,
    modality: 'visual',
    covered,
    unmatched,
    read: rowsOf(covered.map((label) => named(classesOf[label] ?? []))),
    companions: {
      labels: companions.map(({ label }) => label),
      seenAs: companions.map(({ names }) => names.join(', ')),
      read: rowsOf(companions.map(({ names }) => names)),
    },
    close: () => Promise.resolve(),
  };
}

/** Log-odds that a thing of each column's classes is there, 0 = decided present: [frames, columns]. */
function surest(
  info: EncodeInfo,
  tracks: readonly ObjectTrack[],
  columns: readonly (readonly string[])[],
  presentFrom: number,
): Float32Array {
  // A number a frame and label: a two-hour video has less than a megabyte of them.
  const best = new Float32Array(info.frameTimesSec.length * columns.length);
  for (const { label, confidence, sightings } of tracks) {
    const [from, to] = [sightings[0]?.frame ?? 0, sightings.at(-1)?.frame ?? -1];
    const looks = new Map(sightings.map((look) => [look.frame, look.confidence]));
    columns.forEach((classes, column) => {
      if (!classes.includes(label)) return;
      for (let frame = from; frame <= to; frame++) {
        const cell = frame * columns.length + column;
        best[cell] = Math.max(best[cell] ?? 0, looks.get(frame) ?? 0, confidence);
      }
    });
  }
  return best.map((confidence) => logit(confidence) - logit(presentFrom));
}
