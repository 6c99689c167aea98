import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toSeconds } from '../../../core/time.js';
import { composeArguments, fileTarget } from '../ffmpeg/command.js';
import { runProcess, type ProcessOutcome } from '../ffmpeg/process.js';
import { ProgressReader } from '../ffmpeg/progress.js';
import { probe } from '../probe/probe.js';
import type { AudioTrack } from '../probe/tracks.js';
import { remixSound } from '../sound/remix-sound.js';
import { raiseToSum } from '../sound/raise-level.js';
import { isAveraged, resampledSoundGraph, type ResampledSound } from '../sound/sound-graph.js';
import { decode, LOUDNESS_FILE, SoundFormatChanged, type DecodeHooks, type Decoded } from './decode.js';
import { inputOf, type DecodeRequest } from './decode-plan.js';

/**
 * Decodes a file, including one whose sound changes its sample rate or channels in mid-file, as broadcast recordings do at
 * every advertisement. ffmpeg restarts the sound filters at such a change, and the restarted filters lose the timeline.
 * Such sound is first resampled to one rate and layout into a temporary file, which is then read in place of the track.
 * @throws what `decode` and `probe` throw, but not SoundFormatChanged
 */
export async function decodeWithResampling(request: DecodeRequest, hooks: DecodeHooks): Promise<Decoded> {
  try {
    return await decodeMixed(request, hooks);
  } catch (error) {
    if (!(error instanceof SoundFormatChanged) || request.audio === null) throw error;
    return await decodeSeparately(request, request.audio, hooks);
  }
}

/**
 * Containers of sound alone whose times are counted from sample rate and frame length. When the rate changes, they no longer
 * mean anything; the decoded samples do.
 */
const SAMPLE_TIMED = new Set(['mp3', 'aac', 'flac', 'ogg', 'wav', 'aiff']);

/** Decodes, and mends the mono mix where channels cancel each other out or where it is too quiet. */
async function decodeMixed(request: DecodeRequest, hooks: DecodeHooks): Promise<Decoded> {
  const decoded = await decode(request, hooks);
  const { sound } = decoded;
  if (!request.audio || !sound) return decoded;
  const { channels } = request.resampled ?? request.audio;
  if (isAveraged(channels))
    await raiseToSum(
      sound.waves.map(({ file }) => join(request.folder, file)),
      channels,
    );
  if (sound.opposed.length > 0)
    await remixSound(request, { ...request.audio, channels }, sound.waves, sound.opposed, hooks);
  return decoded;
}

/** Decodes the picture from the file and the sound from a resampled copy. */
async function decodeSeparately(request: DecodeRequest, audio: AudioTrack, hooks: DecodeHooks): Promise<Decoded> {
  const folder = join(request.folder, 'resampled');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const { resampled, outcome } = await resampleSound(request, audio, folder, hooks);
  const sound = await decodeMixed({ ...request, video: null, folder, resampled }, hooks);
  const picture = request.video && (await decode({ ...request, audio: null }, hooks));
  for (const name of [LOUDNESS_FILE, ...sound.plan.waves.map(({ file }) => file)])
    await rename(join(folder, name), join(request.folder, name));
  await rm(folder, { recursive: true });
  const outcomes = [...(picture ? [picture.outcome] : []), outcome, sound.outcome];
  return {
    plan: picture ? { ...picture.plan, waves: sound.plan.waves } : sound.plan,
    outcome: joinOutcomes(outcomes),
    ended: sound.ended && (picture?.ended ?? true),
    picture: picture?.picture ?? null,
    sound: sound.sound,
  };
}

async function resampleSound(
  request: DecodeRequest,
  audio: AudioTrack,
  folder: string,
  { signal, onTime }: DecodeHooks,
): Promise<{ resampled: ResampledSound; outcome: ProcessOutcome }> {
  const { path, demuxer, params } = request;
  const sampleTimed = request.clock?.offsetsSec != null || (!request.video && SAMPLE_TIMED.has(demuxer));
  const form = sampleTimed ? 'flac' : 'matroska';
  const file = join(folder, 'resampled');
  const output = {
    options: ['-map', '[resampled]', '-c:a', 'flac', '-compression_level', '0'],
    format: form,
    target: fileTarget(file),
  };
  const limits = { path, signal, wallClockSec: params.wallClockSec, stallSec: params.stallSec };
  const outcome = await runProcess({
    program: 'ffmpeg',
    args: composeArguments(inputOf({ ...request, video: null }), [resampledSoundGraph(audio, sampleTimed)], [output]),
    ...limits,
    pipes: [new ProgressReader(onTime).consume],
  });
  const { start, streams } = await probe({ path: file, demuxer: form, signal, limitSec: params.stallSec });
  const { sample_rate: sampleRateHz = 0, channels = 0 } = streams[0] ?? {};
  const startSec = sampleTimed ? 0 : toSeconds(start);
  return { resampled: { path: file, demuxer: form, sampleRateHz, channels, startSec }, outcome };
}

/** Joins the outcomes of several processes: all messages, and the first exit code or signal that means failure. */
function joinOutcomes(outcomes: readonly ProcessOutcome[]): ProcessOutcome {
  return {
    exitCode: outcomes.find(({ exitCode }) => exitCode !== 0)?.exitCode ?? 0,
    killedBy: outcomes.find(({ killedBy }) => killedBy !== null)?.killedBy ?? null,
    stderr: outcomes.flatMap(({ stderr }) => stderr),
    stderrTotal: outcomes.reduce((sum, { stderrTotal }) => sum + stderrTotal, 0),
  };
}
