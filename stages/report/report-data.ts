/**
 * The data inside `report.html`. It is kept small: scores are one byte each, and repeated records are tuples. The scripts of
 * the page (client/) read it and are type-checked against this file.
 */
export interface ReportData {
  readonly fileName: string;
  readonly durationSec: number;
  readonly segmentSec: number;
  readonly segmentCount: number;
  readonly labels: readonly string[];
  /** The rows of `scores`, in order. */
  readonly lanes: readonly LaneTuple[];
  /** Base64 of lanes × segmentCount bytes: round(score × 254), 255 where there is no score. */
  readonly scores: string;
  readonly events: readonly EventTuple[];
  /** [startSec, endSec, camera movement or '' where unknown, magnitude, index into thumbnails or -1, time of the key frame or -1] */
  readonly shots: readonly ShotTuple[];
  /** Pictures as data URLs. */
  readonly thumbnails: readonly string[];
  /** Class names of the detections in `looks`. */
  readonly things: readonly string[];
  /** The detections of the analysed pictures, in order of time: of key frames first, of others as far as they fit. */
  readonly looks: readonly LookTuple[];
  /** The warnings about a part of the file. */
  readonly warnings: readonly WarningTuple[];
  /** Null without a sound track. */
  readonly sound: SoundData | null;
}

/** 0 audio, 1 visual, 2 audio-visual. */
export type ModalityIndex = 0 | 1 | 2;
/** [index into labels, modality] */
type LaneTuple = readonly [number, ModalityIndex];
/** [modality, index into labels, startSec, endSec, confidence] */
export type EventTuple = readonly [ModalityIndex, number, number, number, number];
export type ShotTuple = readonly [number, number, string, number, number, number];
/** [timeSec, detections] */
export type LookTuple = readonly [number, readonly ThingTuple[]];
/** [index into things, id of the track, box, face, confident points: index, x, y, confidence, repeated] */
export type ThingTuple = readonly [number, number, BoxTuple, BoxTuple | null, readonly number[]];
/** [confidence in hundredths; x, y, width, height in thousandths of the sides of the picture] */
export type BoxTuple = readonly [number, number, number, number, number];
/** [startSec, endSec or the start again of a moment, message] */
export type WarningTuple = readonly [number, number, string];
type SpanTuple = readonly [number, number];

export interface SoundData {
  readonly integratedLufs: number | null;
  readonly binSec: number;
  /** Base64, one byte per bin: round(peak × 255). */
  readonly peaks: string;
  readonly segmentLufs: readonly (number | null)[];
  readonly onsetsSec: readonly number[];
  readonly silences: readonly SpanTuple[];
  /** Null where no network detected speech. */
  readonly speech: readonly SpanTuple[] | null;
}
