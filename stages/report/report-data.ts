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
  /** The description; empty for a run without words. */
  readonly sentences: readonly SentenceData[];
  /** The scenes of the script, in order of time. */
  readonly scenes: readonly SceneData[];
  /** What is said: [startSec, endSec, text, whether it is doubtful]; empty without a transcript. */
  readonly spoken: readonly SpokenTuple[];
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
export type SpokenTuple = readonly [number, number, string, boolean];
type SpanTuple = readonly [number, number];

export interface SentenceData {
  readonly text: string;
  readonly about: 'summary' | 'seen' | 'heard';
  readonly phrases: readonly PhraseData[];
}

/** What a phrase rests on: spans of time, ids of tracks, and labels of the time line's rows. */
export interface PhraseData {
  readonly text: string;
  readonly spans: readonly SpanTuple[];
  readonly tracks: readonly number[];
  readonly labels: readonly string[];
  /** Said in the tip of the phrase: the files that the facts come from. */
  readonly from: readonly string[];
}

export interface SceneData {
  readonly title: string;
  readonly startSec: number;
  readonly endSec: number;
  readonly shotType: string;
  readonly camera: string;
  readonly content: string;
  readonly voiceover: readonly string[];
  /** Index into `thumbnails`, -1 without a picture. */
  readonly picture: number;
}

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
