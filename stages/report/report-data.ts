/**
 * What travels inside `report.html`. Small on purpose: scores are one byte each, repeated records are tuples. The page's
 * own scripts (client/) read it; they are type-checked against this file.
 */
export interface ReportData {
  readonly fileName: string;
  readonly durationSec: number;
  readonly segmentSec: number;
  readonly segmentCount: number;
  readonly labels: readonly string[];
  /** The rows of `scores`, in order. */
  readonly lanes: readonly LaneTuple[];
  /** Base64 of lanes × segmentCount bytes: round(score × 254), 255 where there is none. */
  readonly scores: string;
  readonly events: readonly EventTuple[];
  /** [startSec, endSec, camera movement or '' where unknown, magnitude, index into thumbnails or -1, time of the key frame or -1] */
  readonly shots: readonly ShotTuple[];
  /** Pictures as data URLs. */
  readonly thumbnails: readonly string[];
  /** Names of the things in `looks`. */
  readonly things: readonly string[];
  /** What was found in the pictures, in order of time: in the key frames, and in others as far as there is room. */
  readonly looks: readonly LookTuple[];
  /** Null without a sound track. */
  readonly sound: SoundData | null;
}

/** 0 audio, 1 visual, 2 audio-visual. */
export type ModalityIndex = 0 | 1 | 2;
/** [index into labels, modality] */
export type LaneTuple = readonly [number, ModalityIndex];
/** [modality, index into labels, startSec, endSec, confidence] */
export type EventTuple = readonly [ModalityIndex, number, number, number, number];
export type ShotTuple = readonly [number, number, string, number, number, number];
/** [timeSec, what was found] */
export type LookTuple = readonly [number, readonly ThingTuple[]];
/** [index into things, number of the track, box, face, sure points: which, x, y, confidence, one after another] */
export type ThingTuple = readonly [number, number, BoxTuple, BoxTuple | null, readonly number[]];
/** [confidence in hundredths, x, y, width, height in thousandths of the picture's sides] */
export type BoxTuple = readonly [number, number, number, number, number];
export type SpanTuple = readonly [number, number];

export interface SoundData {
  readonly integratedLufs: number | null;
  readonly binSec: number;
  /** Base64, a byte a bin: round(peak × 255). */
  readonly peaks: string;
  readonly segmentLufs: readonly (number | null)[];
  readonly onsetsSec: readonly number[];
  readonly silences: readonly SpanTuple[];
  /** Null where no model listened for speech. */
  readonly speech: readonly SpanTuple[] | null;
}
