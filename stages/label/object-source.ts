import { objectsFileSchema, type ObjectTrack } from '../../core/schemas/objects.js';
import type { Artefact } from '../../core/stage.js';
import type { EncodeInfo } from '../encode/encode-info.js';
import { coverLabels } from './class-coverage.js';
import { namesOf, type Label } from './label-set.js';
import { classesWithSound } from './llp-mapping.js';
import { logit } from './operating-points.js';
import { perFrame, type ScoreSource } from './score-source.js';

/**
 * A source from the tracks of an object detector. In each frame the most confident track of a label's classes counts, from
 * its first sighting to its last one, frames between them that missed it included. The companions are classes that are no
 * evidence for a label by themselves, but make it audio-visual while it is heard.
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
    const logOdds = trackLogOdds(info, own, columns, detector.presentFrom);
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

/** Log-odds that an object of each column's classes is present, 0 = decided present: [frames, columns]. */
function trackLogOdds(
  info: EncodeInfo,
  tracks: readonly ObjectTrack[],
  columns: readonly (readonly string[])[],
  presentFrom: number,
): Float32Array {
  // One number per frame and label: less than a megabyte for a two-hour video.
  const best = new Float32Array(info.frameTimesSec.length * columns.length);
  for (const { label, confidence, sightings } of tracks) {
    const [from, to] = [sightings[0]?.frame ?? 0, sightings.at(-1)?.frame ?? -1];
    const confidences = new Map(sightings.map((sighting) => [sighting.frame, sighting.confidence]));
    columns.forEach((classes, column) => {
      if (!classes.includes(label)) return;
      for (let frame = from; frame <= to; frame++) {
        const cell = frame * columns.length + column;
        best[cell] = Math.max(best[cell] ?? 0, confidences.get(frame) ?? 0, confidence);
      }
    });
  }
  return best.map((confidence) => logit(confidence) - logit(presentFrom));
}
