import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toSeconds } from '../../../core/time.js';
import { composeArguments, fileTarget } from '../ffmpeg/command.js';
import { runProcess, type ProcessOutcome } from '../ffmpeg/process.js';
import { ProgressReader } from '../ffmpeg/progress.js';
import { probe } from '../probe/probe.js';
import type { AudioTrack } from '../probe/tracks.js';
import { resampledSoundGraph } from '../sound/sound-graph.js';
import { decode, LOUDNESS_FILE, SoundFormatChanged, type DecodeHooks, type Decoded } from './decode.js';
import { inputOptions, type DecodeRequest, type ResampledSound } from './decode-plan.js';

/**
 * Decodes a file, including one whose sound changes its sample rate or channels in mid-file, as broadcast recordings do at
 * every advertisement. ffmpeg restarts the sound filters at such a change, and the restarted filters lose the timeline.
 * Such sound is first resampled to one rate and layout into a temporary file, which is then read in place of the track.
 * @throws what `decode` and `probe` throw, but not SoundFormatChanged
 */
export async function decodeWithResampling(request: DecodeRequest, hooks: DecodeHooks): Promise<Decoded> {
  try {
    return await decode(request, hooks);
  } catch (error) {
    if (!(error instanceof SoundFormatChanged) || request.audio === null) throw error;
    return await decodeSeparately(request, request.audio, hooks);
  }
}

/** Decodes the picture from the file and the sound from a resampled copy. */
async function decodeSeparately(request: DecodeRequest, audio: AudioTrack, hooks: DecodeHooks): Promise<Decoded> {
  const folder = join(request.folder, 'resampled');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const { resampled, outcome } = await resampleSound(request, audio, folder, hooks);
  const sound = await decode({ ...request, video: null, folder, resampled }, hooks);
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
  const file = join(folder, 'resampled.mka');
  const output = {
    options: ['-map', '[resampled]', '-c:a', 'flac', '-compression_level', '0'],
    format: 'matroska',
    target: fileTarget(file),
  };
  const input = { path, demuxer, options: inputOptions({ ...request, video: null }) };
  const limits = { path, signal, wallClockSec: params.wallClockSec, stallSec: params.stallSec };
  const outcome = await runProcess({
    program: 'ffmpeg',
    args: composeArguments(input, [resampledSoundGraph(audio)], [output]),
    ...limits,
    pipes: [new ProgressReader(onTime).consume],
  });
  const { start } = await probe({ path: file, demuxer: 'matroska', signal, limitSec: params.stallSec });
  return { resampled: { path: file, startSec: toSeconds(start) }, outcome };
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
