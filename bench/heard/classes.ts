import { SYNTHESISED } from '../../models/tagger/synthesis/sounds.js';
import { RECORDED } from '../../models/tagger/vocabulary.js';
import type { HeardClip } from './clips.js';

/** How well a class separates clips that are labelled with it from clips that certainly do not contain it. */
export interface ClassFigure {
  readonly name: string;
  readonly positives: number;
  /** Whether at least one positive clip is a recording; otherwise all are synthesised. */
  readonly recorded: boolean;
  /** Average precision of the clips, ranked by their best segment. */
  readonly averagePrecision: number;
  /** Share of the positive clips with a segment of score 0.5 or more. */
  readonly recall: number;
}

export function classFigures(clips: readonly HeardClip[], names: readonly string[]): ClassFigure[] {
  return names.flatMap((name) => {
    const rows = clips.flatMap(({ kind, heard }) => {
      const naming = RECORDED[kind] ?? SYNTHESISED[kind]?.naming;
      if (naming === undefined || naming.perhaps?.includes(name)) return [];
      const is = naming.is.includes(name);
      return [{ score: heard.best([name]), is, recorded: kind in RECORDED }];
    });
    const positives = rows.filter(({ is }) => is).length;
    if (positives === 0) return [];
    const ranked = rows.toSorted((a, b) => b.score - a.score);
    let [hits, sum] = [0, 0];
    ranked.forEach(({ is }, rank) => {
      if (is) sum += ++hits / (rank + 1);
    });
    const found = rows.filter(({ is, score }) => is && score >= 0).length;
    const recorded = rows.some((row) => row.is && row.recorded);
    return [{ name, positives, recorded, averagePrecision: sum / positives, recall: found / positives }];
  });
}

/** Clips that contain no class of the vocabulary, as we annotated them. */
const NAMELESS = ['videos/vggsound/53UdZyM9MyE_252000_262000.mp4'];

export interface FalseAlarms {
  readonly events: number;
  readonly minutes: number;
  readonly names: readonly string[];
}

/** Counts runs of segments of score 0.5 or more for classes that a clip does not contain. */
export function falseAlarms(
  clips: readonly HeardClip[],
  names: readonly string[],
): {
  readonly nameless: FalseAlarms;
  readonly recorded: FalseAlarms;
} {
  const count = (of: readonly HeardClip[]): FalseAlarms => {
    const alarms = of.flatMap(({ kind, heard }) => {
      const naming = RECORDED[kind];
      const known = new Set<string>([...(naming?.is ?? []), ...(naming?.perhaps ?? [])]);
      return names
        .filter((name) => !known.has(name) && name !== 'Silence')
        .flatMap((name) =>
          Array.from({ length: heard.segments }, (_, t) => t)
            .filter((t) => heard.score(t, [name]) >= 0 && (t === 0 || heard.score(t - 1, [name]) < 0))
            .map(() => name),
        );
    });
    return { events: alarms.length, minutes: of.reduce((sum, { seconds }) => sum + seconds, 0) / 60, names: alarms };
  };
  return {
    nameless: count(clips.filter(({ path }) => NAMELESS.includes(path))),
    recorded: count(clips.filter(({ kind }) => RECORDED[kind] !== undefined)),
  };
}
