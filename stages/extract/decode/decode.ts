import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { EarsightError } from '../../../core/errors.js';
import { parseRational } from '../../../core/time.js';
import { emitDecode } from './decode-events.js';
import { planDecode, type DecodePlan, type DecodeRequest, type PipeContent } from './decode-plan.js';
import { runProcess, type PipeConsumer, type ProcessOutcome } from '../ffmpeg/process.js';
import { ProgressReader } from '../ffmpeg/progress.js';
import { countFrames } from '../timeline/frame-files.js';
import { FrameGrid, type GridResult } from '../timeline/frame-grid.js';
import { FrameMeasurement } from '../picture/frame-measurement.js';
import { createFrameMeter } from '../measure/frame-meter.js';
import { LoudnessMeasurement } from '../sound/loudness-measurement.js';
import { FloatFileWriter } from './float-file-writer.js';
import { PictureClock, assertWithinDuration, type FrameGaps } from '../timeline/picture-clock.js';
import { pictureCuts, restoredSec, type PictureCut } from '../timeline/picture-cuts.js';
import { SpanTracker, type SpanReport } from '../shards/span-tracker.js';
import { ChannelBalance, type OpposedSpan } from '../sound/channel-balance.js';
import type { StoredWave } from '../sound/sound-graph.js';

export const MOTION_FILE = 'motion.f32';
export const MOTION_TIMES_FILE = 'motion-times.f64';
export const LOUDNESS_FILE = 'loudness.jsonl';

export interface BadSamples {
  readonly count: number;
  /** The player's time of the first and the last one, give or take a late start of the track. */
  readonly startSec: number;
  readonly endSec: number;
}

export interface DecodedPicture {
  readonly frames: number;
  readonly startSec: number;
  readonly endSec: number;
  readonly gaps: FrameGaps | null;
  /** For the segments without the cut ones. */
  readonly grid: GridResult;
  readonly cuts: readonly PictureCut[];
  readonly columns: readonly string[];
  /** Rows that have both a measurement and a time. */
  readonly rows: number;
  /** Which of these frames belong to the requested span; null when the whole picture was decoded. */
  readonly span: SpanReport | null;
}

export interface DecodedSound {
  readonly endSec: number;
  readonly waves: readonly (StoredWave & { readonly samples: number })[];
  readonly loudnessRows: number;
  readonly integratedLufs: number | null;
  readonly rangeLu: number | null;
  readonly truePeakDbtp: number | null;
  /** Where the channels cancel each other out in a plain mix. */
  readonly opposed: readonly OpposedSpan[];
  /** Samples that were no finite numbers. */
  readonly bad: BadSamples | null;
}

export interface Decoded {
  readonly plan: DecodePlan;
  readonly outcome: ProcessOutcome;
  /** ffmpeg reported that it reached the end of its input. */
  readonly ended: boolean;
  /** Null when not one frame was decoded. */
  readonly picture: DecodedPicture | null;
  /** Null when not one sample was decoded. */
  readonly sound: DecodedSound | null;
}

export interface DecodeHooks {
  readonly signal: AbortSignal;
  /** Called with the times of decoded frames and sound, in seconds; the times of one track ascend. */
  readonly onTime: (timeSec: number) => void;
}

/** Thrown during a decode as soon as the sound's timeline is lost because its sample rate or channels changed. */
export class SoundFormatChanged extends EarsightError {
  constructor(path: string) {
    super('EARSIGHT_INPUT_DAMAGED', { path, reason: 'the sound changes its rate or channels in mid-file' });
  }
}

/**
 * Runs the single ffmpeg pass and reads its pipes while it writes. Memory does not depend on the length of the file.
 * @throws SoundFormatChanged, and what `runProcess` throws
 */
export async function decode(request: DecodeRequest, hooks: DecodeHooks): Promise<Decoded> {
  const plan = planDecode(request);
  const { path, folder, params, video } = request;
  const limitSec = params.limits.durationSec;
  // ffmpeg refuses to overwrite files, also those that an earlier attempt left.
  for (const { file } of [...plan.frames, ...plan.waves]) await rm(join(folder, file), { force: true });
  const files = await openFiles(folder);
  try {
    const span = request.span ?? null;
    const grid = new FrameGrid(params.segment, span?.firstSegment);
    const spanTracker = span && new SpanTracker(span, grid);
    const cuts = pictureCuts(request.clock?.pictureGaps ?? [], params.segment);
    const clock = new PictureClock(path, limitSec, spanTracker ?? grid, files.times, hooks.onTime, cuts);
    const rate = parseRational(video?.stream.avg_frame_rate ?? '');
    if (rate && rate.num > 0) clock.setNominalGap(rate.den / rate.num);
    const meter = createFrameMeter();
    const measurement = new FrameMeasurement(meter, plan.small ?? { width: 0, height: 0 }, files.motion);
    const loudness = new LoudnessMeasurement(files.loudness, (timeSec) => {
      assertWithinDuration(path, timeSec, limitSec);
      if (loudness.restarted) throw new SoundFormatChanged(path);
      hooks.onTime(timeSec);
    });
    const { channels = 0, sampleRateHz = 0 } = request.resampled ?? request.audio ?? {};
    const balance = new ChannelBalance(channels, sampleRateHz);
    const consumers: Record<PipeContent, PipeConsumer> = {
      clock: clock.consume,
      small: measurement.consume,
      packets: clock.consumePackets,
      checksums: spanTracker?.consumeChecksums ?? (() => Promise.resolve()),
      loudness: loudness.consume,
      channels: balance.consume,
    };
    const progress = new ProgressReader(hooks.onTime);
    const outcome = await runProcess({
      program: 'ffmpeg',
      args: plan.args,
      path,
      signal: hooks.signal,
      wallClockSec: params.wallClockSec,
      stallSec: params.stallSec,
      pipes: [progress.consume, ...plan.pipes.map((content) => consumers[content])],
    });
    emitDecode({ frames: clock.frames });
    const waves = await countSamples(folder, plan.waves);
    const samplesEndSec = Math.max(0, ...waves.map(({ samples, sampleRateHz }) => samples / sampleRateHz));
    const picture: DecodedPicture = {
      frames: clock.frames,
      startSec: clock.startSec,
      endSec: clock.endSec(params.frameMode),
      gaps: clock.gaps,
      grid: restoredGrid(grid.finish(await countFrames(folder, plan.frames)), cuts),
      cuts,
      columns: meter.columns,
      rows: Math.min(clock.frames, measurement.rows),
      span: spanTracker?.report() ?? null,
    };
    const sound: DecodedSound = {
      endSec: waves.length > 0 ? samplesEndSec : loudness.rows / 10,
      waves,
      loudnessRows: loudness.rows,
      integratedLufs: loudness.integratedLufs,
      rangeLu: loudness.rangeLu,
      truePeakDbtp: loudness.truePeakDbtp,
      opposed: balance.spans,
      bad: null,
    };
    return {
      plan,
      outcome,
      ended: progress.ended,
      picture: picture.frames > 0 ? picture : null,
      sound: sound.endSec > 0 ? sound : null,
    };
  } finally {
    await files.close();
  }
}

function restoredGrid({ timesSec, shown }: GridResult, cuts: readonly PictureCut[]): GridResult {
  return { timesSec: timesSec.map((timeSec) => restoredSec(timeSec, cuts)), shown };
}

interface MeasurementFiles {
  readonly motion: FloatFileWriter<Float32Array>;
  readonly times: FloatFileWriter<Float64Array>;
  readonly loudness: FileHandle;
  close(): Promise<void>;
}

async function openFiles(folder: string): Promise<MeasurementFiles> {
  const motion = await FloatFileWriter.float32(join(folder, MOTION_FILE));
  const times = await FloatFileWriter.float64(join(folder, MOTION_TIMES_FILE));
  const loudness = await open(join(folder, LOUDNESS_FILE), 'w');
  const close = async (): Promise<void> => {
    const closed = await Promise.allSettled([motion.close(), times.close(), loudness.close()]);
    for (const each of closed) if (each.status === 'rejected') throw each.reason;
  };
  return { motion, times, loudness, close };
}

/** ffmpeg creates an output with its first sample, so a missing file holds no samples; it is created. */
async function countSamples(
  folder: string,
  waves: readonly StoredWave[],
): Promise<(StoredWave & { readonly samples: number })[]> {
  return Promise.all(
    waves.map(async (wave) => {
      const file = await open(join(folder, wave.file), 'a');
      try {
        return { ...wave, samples: Math.floor((await file.stat()).size / Int16Array.BYTES_PER_ELEMENT) };
      } finally {
        await file.close();
      }
    }),
  );
}
