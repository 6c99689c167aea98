import { parseRational } from '../../../core/time.js';
import { fileTarget, inputSafetyOptions, SAFETY_OPTIONS } from '../ffmpeg/command.js';
import { runProcess } from '../ffmpeg/process.js';
import { ClockSurvey, type ClockReport } from '../timeline/clock-survey.js';
import type { ProbedStream } from './probe.js';

/** Containers whose clock may be set anew in mid-file: those that ffmpeg marks with AVFMT_TS_DISCONT. */
const RESETTING = new Set(['mpegts', 'mpeg', 'ogg']);

/** Seconds after which the clock of a container wraps: 33 bits at 90 kHz, and 32 bits of milliseconds. */
const WRAPS_SEC: Readonly<Record<string, number>> = {
  mpegts: 2 ** 33 / 90_000,
  mpeg: 2 ** 33 / 90_000,
  flv: 2 ** 32 / 1000,
};

interface SurveyRequest {
  readonly path: string;
  readonly demuxer: string;
  readonly video: ProbedStream | null;
  readonly audio: ProbedStream | null;
  readonly signal: AbortSignal;
  readonly wallClockSec: number;
}

/**
 * Reads the times of all packets, without decoding any, and reports where the clock jumps. Headers cannot be trusted here:
 * they claim the difference of the last and the first time.
 * @returns null when ffprobe cannot read the packets; the decode then says why
 * @throws EARSIGHT_CANCELLED, EARSIGHT_FFMPEG_TIMEOUT, EARSIGHT_FFMPEG_MISSING
 */
export async function surveyClock(request: SurveyRequest): Promise<ClockReport | null> {
  const { path, demuxer, video, audio, signal, wallClockSec } = request;
  const bases = new Map<number, number>();
  for (const stream of [video, audio]) {
    const base = parseRational(stream?.time_base ?? '');
    if (stream && base) bases.set(stream.index, base.num / base.den);
  }
  const survey = new ClockSurvey([...bases.keys()], audio?.index ?? null, RESETTING.has(demuxer), WRAPS_SEC[demuxer]);
  let packets = 0;
  const read = (line: string): void => {
    const [stream, pts, dts, duration] = line.split(',', 4).map(Number);
    const base = bases.get(stream ?? -1);
    if (base === undefined || stream === undefined || pts === undefined || dts === undefined) return;
    const ticks = Number.isNaN(dts) ? pts : dts;
    const presentation = Number.isNaN(pts) ? ticks : pts;
    survey.add({
      stream,
      clockSec: ticks * base,
      presentationSec: presentation * base,
      durationSec: (Number.isNaN(duration ?? NaN) ? 0 : (duration ?? 0)) * base,
    });
    packets += 1;
  };
  const outcome = await runProcess({
    program: 'ffprobe',
    args: [
      ...SAFETY_OPTIONS,
      ...inputSafetyOptions(demuxer),
      ...['-show_entries', 'packet=stream_index,pts,dts,duration', '-of', 'csv=p=0', '-i', fileTarget(path)],
    ],
    path,
    signal,
    wallClockSec,
    stallSec: null,
    pipes: [
      async (chunks) => {
        let rest = '';
        for await (const chunk of chunks) {
          const lines = (rest + chunk.toString('latin1')).split('\n');
          rest = (lines.pop() ?? '').slice(-200);
          for (const line of lines) read(line);
        }
      },
    ],
  });
  return outcome.exitCode === 0 && packets > 0 ? survey.report() : null;
}
