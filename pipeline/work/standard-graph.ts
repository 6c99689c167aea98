import type { FrameGeometry, Role } from '../../models/encoders/encoder.js';
import type { ResolvedModel, ResolvedStack } from '../../models/packs/resolve-packs.js';
import type { ChosenPacks } from './choose-packs.js';
import type { RunDocument } from './run-document.js';
import { encodeStage } from '../../stages/encode/encode-stage.js';
import { labelStage } from '../../stages/label/label-stage.js';
import type { ListedLabel } from '../../stages/label/label-set.js';
import { parseStage } from '../../stages/parse/parse-stage.js';
import { reportStage } from '../../stages/report/report-stage.js';
import { shotsStage, type ShotSettings } from '../../stages/shots/shots-stage.js';
import { PREVIEW_GEOMETRY } from '../../stages/shots/write-key-frame.js';
import { soundStage } from '../../stages/sound/sound-stage.js';
import { trackStage } from '../../stages/track/track-stage.js';
import { hashOf } from '../../core/store/canonical-json.js';
import { parseRational } from '../../core/time.js';
import { EarsightError } from '../../core/errors.js';
import { extractStage } from '../../stages/extract/extract-stage.js';
import { extractInProcess } from '../../stages/extract/process/extract-process.js';
import { checkOrder, stageNode, type StageGraph } from './stage-graph.js';

/** The settings of a run that reach a stage. */
export interface GraphSettings {
  /** Length of a segment in seconds, as decimal text, which is exact unlike a float. */
  readonly segment: string;
  readonly frames: 'all' | 'keyframes';
  /** Without them, the published defaults. */
  readonly shots?: ShotSettings;
  /** Null for the default labels. */
  readonly labels: readonly ListedLabel[] | null;
  /** Wall-clock limit for decoding one file; undefined for the default of the stage. */
  readonly timeoutSec: number | undefined;
}

/**
 * Sample rate of the sound stage, independent of the packs: onsets at 16 kHz are as accurate as at 48 kHz and cost a
 * quarter (bench/results.md, "Onsets of sound").
 */
const SOUND_STAGE_RATE_HZ = 16_000;

const ENCODING_ROLES: readonly Role[] = [
  'image-text',
  'audio-text',
  'image-tags',
  'audio-tags',
  'objects',
  'faces',
  'poses',
];

/** The stages of docs/architecture.md, with parameters from the settings and the packs. */
export function standardGraph(settings: GraphSettings, packs: ResolvedStack | null): StageGraph {
  const modelsOf = (...roles: Role[]): string[] =>
    (packs?.models ?? []).filter(({ identity }) => roles.includes(identity.role)).map(keyOf);
  const extract = {
    segment: fractionOf(settings.segment),
    frameMode: settings.frames,
    geometries: [PREVIEW_GEOMETRY, ...(packs?.geometries ?? [])].map((geometry: FrameGeometry) => ({ ...geometry })),
    sampleRatesHz: [...new Set([SOUND_STAGE_RATE_HZ, ...(packs?.sampleRatesHz ?? [])])],
    ...(settings.timeoutSec === undefined ? {} : { wallClockSec: settings.timeoutSec }),
  };
  const labels = settings.labels ?? [];
  const rules = Object.fromEntries(labels.flatMap(({ name, rule }) => (rule === undefined ? [] : [[name, rule]])));
  return checkOrder([
    // Starting ffmpeg is only slow in a process with networks in memory; without them a second process is not needed.
    stageNode(packs === null ? extractStage : extractInProcess, extract, {
      unkeyed: ['limits', 'wallClockSec', 'stallSec'],
    }),
    stageNode(shotsStage, settings.shots ?? {}, { publishes: ['shots.json', 'keyframes'] }),
    stageNode(soundStage, {}, { models: modelsOf('speech-activity'), publishes: ['audio.json'] }),
    stageNode(encodeStage, {}, { models: modelsOf(...ENCODING_ROLES) }),
    stageNode(trackStage, {}, { publishes: ['objects.json'] }),
    stageNode(
      labelStage,
      labels.length === 0 ? {} : { labels: labels.map(({ name, aliases }) => ({ name, aliases })) },
      {
        publishes: ['segments.jsonl'],
      },
    ),
    stageNode(parseStage, { rules }, { publishes: ['events.json'], namesSource: true }),
    stageNode(reportStage, {}, { publishes: ['report.html', 'events.vtt'], namesSource: true }),
  ]);
}

/**
 * Key of a network: its weights and its manifest entry, because another window or threshold gives other results. The
 * paths of its files do not matter.
 */
function keyOf({ identity, manifest }: ResolvedModel): string {
  return hashOf({ sha256: identity.sha256, manifest: { ...manifest, files: [] } });
}

/** Parses decimal seconds into a fraction, for example `"0.5"` into 1/2. @throws EarsightError EARSIGHT_USAGE. */
function fractionOf(seconds: string): { num: number; den: number } {
  const [, whole = '', decimals = ''] = /^(\d+)(?:\.(\d{1,6}))?$/.exec(seconds) ?? [];
  const fraction = whole === '' ? null : parseRational(`${whole}${decimals}/${10 ** decimals.length}`);
  if (fraction === null || fraction.num === 0)
    throw new EarsightError('EARSIGHT_USAGE', { reason: `a segment of ${seconds} seconds` });
  return fraction;
}

/** Builds the graph of a run from its document and its packs. */
export function graphOf(settings: Omit<RunDocument, 'schema' | 'graph'>, { resolved }: ChosenPacks): StageGraph {
  return standardGraph({ ...settings, timeoutSec: settings.timeoutSec ?? undefined }, resolved);
}
