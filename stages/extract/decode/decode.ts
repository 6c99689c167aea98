import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRational } from '../../../core/time.js';
import { tellDecode } from './decode-events.js';
import { planDecode, type DecodePlan, type DecodeRequest, type PipeContent } from './decode-plan.js';
import { runProcess, type PipeConsumer, type ProcessOutcome } from '../ffmpeg/process.js';
import { Progress } from '../ffmpeg/progress.js';
import { countFrames } from '../timeline/frame-files.js';
import { FrameGrid, type GridResult } from '../timeline/frame-grid.js';
import { FrameMeasurement } from '../picture/frame-measurement.js';
import type { FrameMeter } from '../frame-meter.js';
import { LoudnessMeasurement } from '../sound/loudness-measurement.js';
import { NumberFile } from './float-file-writer.js';
import { PictureClock, refuseLonger, type FrameGaps } from '../timeline/picture-clock.js';
import { SoundChanges } from './sound-changes.js';
import { SpanWatch, type SpanReport } from '../shards/span-tracker.js';
import type { StoredWave } from './stored-media.js';

export const MOTION_FILE = 'motion.f32';
export const MOTION_TIMES_FILE = 'motion-times.f64';
export const LOUDNESS_FILE = 'loudness.jsonl';

export interface DecodedPicture {
  readonly frames: number;
  readonly startSec: number;
  readonly endSec: number;
  readonly gaps: FrameGaps | null;
  readonly grid: GridResult;
  readonly columns: readonly string[];
  /** Rows that have both a measurement and a time. */
  readonly rows: number;
  /** Where a span was asked for: which of all these frames are its own. */
  readonly span: SpanReport | null;
}

export interface DecodedSound {
  readonly endSec: number;
  readonly waves: readonly (StoredWave & { readonly samples: number })[];
  readonly loudnessRows: number;
  readonly integratedLufs: number | null;
  readonly rangeLu: number | null;
  readonly truePeakDbtp: number | null;
}

export interface Decoded {
  readonly plan: DecodePlan;
  readonly outcome: ProcessOutcome;
  /** ffmpeg said that it came to its end. */
  readonly ended: boolean;
  /** Null without a single frame (sample). */
  readonly picture: DecodedPicture | null;
  readonly sound: DecodedSound | null;
}

export interface DecodeHooks {
  readonly signal: AbortSignal;
  readonly createMeter: () => FrameMeter;
  /** Called with growing times of decoded frames and sound. */
  readonly onTime: (timeSec: number) => void;
}

/**
 * Runs the one ffmpeg pass and reads its pipes while it writes. Memory does not depend on the length of the file.
 * @throws SoundChanges, and what `runProcess` throws
 */
export async function decode(request: DecodeRequest, hooks: DecodeHooks): Promise<Decoded> {
  const plan = planDecode(request);
  const { path, folder, params, video } = request;
  const limitSec = params.limits.durationSec;
  // ffmpeg writes over nothing, not even what an earlier try of ours left.
  for (const { file } of [...plan.frames, ...plan.waves]) await rm(join(folder, file), { force: true });
  const files = await openFiles(folder);
  try {
    const span = request.span ?? null;
    const grid = new FrameGrid(params.segment, span?.firstSegment);
    const watch = span && new SpanWatch(span, grid);
    const clock = new PictureClock(path, limitSec, watch ?? grid, files.times, hooks.onTime);
    const rate = parseRational(video?.stream.avg_frame_rate ?? '');
    if (rate && rate.num > 0) clock.useRate(rate.den / rate.num);
    const meter = hooks.createMeter();
    const measurement = new FrameMeasurement(meter, plan.small ?? { width: 0, height: 0 }, files.motion);
    const loudness = new LoudnessMeasurement(files.loudness, (timeSec) => {
      refuseLonger(path, timeSec, limitSec);
      if (loudness.restarted) throw new SoundChanges(path);
      hooks.onTime(timeSec);
    });
    const consumers: Record<PipeContent, PipeConsumer> = {
      clock: clock.consume,
      small: measurement.consume,
      packets: clock.consumePackets,
      sums: watch?.consumeSums ?? (() => Promise.resolve()),
      loudness: loudness.consume,
    };
    const progress = new Progress(hooks.onTime);
    const outcome = await runProcess({
      program: 'ffmpeg',
      args: plan.args,
      path,
      signal: hooks.signal,
      wallClockSec: params.wallClockSec,
      stallSec: params.stallSec,
      pipes: [progress.consume, ...plan.pipes.map((content) => consumers[content])],
    });
    tellDecode({ frames: clock.frames });
    const waves = await countSamples(folder, plan.waves);
    const samplesEndSec = Math.max(0, ...waves.map(({ samples, sampleRateHz }) => samples / sampleRateHz));
    const picture: DecodedPicture = {
      frames: clock.frames,
      startSec: clock.startSec,
      endSec: clock.endSec(params.frameMode),
      gaps: clock.gaps,
      grid: grid.finish(await countFrames(folder, plan.frames)),
      columns: meter.columns,
      rows: Math.min(clock.frames, measurement.rows),
      span: watch?.report() ?? null,
    };
    const sound: DecodedSound = {
      endSec: waves.length > 0 ? samplesEndSec : loudness.rows / 10,
      waves,
      loudnessRows: loudness.rows,
      integratedLufs: loudness.integratedLufs,
      rangeLu: loudness.rangeLu,
      truePeakDbtp: loudness.truePeakDbtp,
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

interface MeasurementFiles {
  readonly motion: NumberFile<Float32Array>;
  readonly times: NumberFile<Float64Array>;
  readonly loudness: FileHandle;
  close(): Promise<void>;
}

async function openFiles(folder: string): Promise<MeasurementFiles> {
  const motion = await NumberFile.float32(join(folder, MOTION_FILE));
  const times = await NumberFile.float64(join(folder, MOTION_TIMES_FILE));
  const loudness = await open(join(folder, LOUDNESS_FILE), 'w');
  const close = async (): Promise<void> => {
    const closed = await Promise.allSettled([motion.close(), times.close(), loudness.close()]);
    for (const each of closed) if (each.status === 'rejected') throw each.reason;
  };
  return { motion, times, loudness, close };
}

/** ffmpeg opens an output when its first sample is there: a file that is missing holds none. */
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
