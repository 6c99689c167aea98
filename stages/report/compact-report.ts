import type { AudioFile } from '../../core/schemas/audio.js';
import type { VideoEvent } from '../../core/schemas/events.js';
import type { ToldWarning } from '../../core/schemas/warning.js';
import { looksOf } from './looks.js';
import type { EventTuple, ReportData, ShotTuple, SoundData, WarningTuple } from './report-data.js';
import type { ReportInput } from './report-input.js';
import { chooseLanes, modalityIndex } from './score-lanes.js';

/** 25 labels in three modalities over two hours take 540,000 bytes. Thousands of labels must not make a page of 200 MB. */
const MAX_SCORE_BYTES = 1_500_000;
/** About 30 bytes each. Flickering scores can make more events; `events.json` has all of them. */
const MAX_EVENTS = 20_000;
const MAX_SHOTS = 20_000;
const MAX_ONSETS = 40_000;
/** One bin per pixel at the deepest zoom of a two-hour file: 0.1 s. */
const MAX_WAVEFORM_BINS = 72_000;

export interface CompactReport {
  readonly data: ReportData;
  /** Texts that name what did not fit into the page. */
  readonly leftOut: readonly string[];
}

/** The data of a report page, bounded in size; what does not fit is named in `leftOut`. */
export function compactReport(input: ReportInput): CompactReport {
  const { file } = input;
  const leftOut: string[] = [];
  const keep = <T>(items: readonly T[], max: number, what: string, where: string): readonly T[] => {
    if (items.length > max) leftOut.push(`${items.length - max} ${what} (all are in ${where})`);
    return items.slice(0, max);
  };
  const byConfidence = [...file.events].sort((a, b) => b.confidence - a.confidence);
  const events = keep(byConfidence, MAX_EVENTS, 'least certain events', 'events.json');
  const lanesWithEvents = new Set(file.events.map((event) => laneKey(modalityIndex(event.modality), event.label)));
  const lanes = chooseLanes(
    input.lanes,
    (lane) => lanesWithEvents.has(laneKey(lane.modality, lane.label)),
    MAX_SCORE_BYTES,
  );
  if (lanes.length < input.lanes.length)
    leftOut.push(`${input.lanes.length - lanes.length} rows of scores (all are in segments.jsonl)`);
  const shots = keep(input.shots, MAX_SHOTS, 'last shots', 'shots.json');
  const onsets = keep(input.audio.onsetsSec, MAX_ONSETS, 'last onsets', 'audio.json');
  const { things, looks, leftOut: droppedLooks } = looksOf(input.objects, shots);
  if (droppedLooks > 0) leftOut.push(`what was found in ${droppedLooks} pictures (all of it is in objects.json)`);
  const labels = [
    ...new Set([...file.labels, ...events.map(({ label }) => label), ...lanes.map(({ label }) => label)]),
  ];
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  const data: ReportData = {
    fileName: fileName(file.source.path),
    durationSec: file.source.durationSec,
    segmentSec: file.grid.segmentSec,
    segmentCount: file.grid.count,
    labels,
    lanes: lanes.map((lane) => [indexOf.get(lane.label) ?? 0, lane.modality]),
    scores: Buffer.concat(lanes.map((lane) => lane.bytes)).toString('base64'),
    events: [...events].sort((a, b) => a.startSec - b.startSec).map((event) => eventTuple(event, indexOf)),
    shots: shots.map((shot): ShotTuple => [
      round(shot.startSec),
      round(shot.endSec),
      shot.camera?.movement ?? '',
      round(shot.camera?.magnitude ?? 0),
      input.thumbnails.ofShot.get(shot.index) ?? -1,
      shot.keyFrame ? round(shot.keyFrame.timeSec) : -1,
    ]),
    thumbnails: input.thumbnails.urls,
    things,
    looks,
    warnings: file.warnings.flatMap((warning) => warningTuple(warning)),
    sound: input.audio.waveform.peaks.length === 0 ? null : compactSound(input.audio, onsets),
  };
  return { data, leftOut };
}

/** The last component of a path with `/` or `\\` as separator. */
export function fileName(path: string): string {
  return path.split(/[/\\]/).filter(Boolean).at(-1) ?? path;
}

function eventTuple(event: VideoEvent, indexOf: ReadonlyMap<string, number>): EventTuple {
  const { modality, label, startSec, endSec, confidence } = event;
  return [modalityIndex(modality), indexOf.get(label) ?? 0, startSec, endSec, Math.round(confidence * 1e4) / 1e4];
}

function warningTuple({ startSec, endSec, message }: ToldWarning): WarningTuple[] {
  return startSec === undefined ? [] : [[round(startSec), round(endSec ?? startSec), message]];
}

function compactSound(audio: AudioFile, onsets: readonly number[]): SoundData {
  const { binSec, peaks } = audio.waveform;
  const merge = Math.max(1, Math.ceil(peaks.length / MAX_WAVEFORM_BINS));
  const bytes = new Uint8Array(Math.ceil(peaks.length / merge));
  for (const [index, peak] of peaks.entries()) {
    const bin = Math.floor(index / merge);
    bytes[bin] = Math.max(bytes[bin] ?? 0, Math.round(peak * 255));
  }
  return {
    integratedLufs: audio.integratedLufs,
    binSec: binSec * merge,
    peaks: Buffer.from(bytes).toString('base64'),
    segmentLufs: audio.segmentLufs.map((lufs) => (lufs === null ? null : Math.round(lufs * 10) / 10)),
    onsetsSec: onsets.map(round),
    silences: audio.silences.map((span) => [round(span.startSec), round(span.endSec)]),
    speech: audio.speech?.map((span) => [round(span.startSec), round(span.endSec)] as const) ?? null,
  };
}

/** Rounds to milliseconds, the resolution of the page. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function laneKey(modality: number, label: string): string {
  return `${modality} ${label}`;
}
