import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toSeconds } from '../../../core/time.js';
import { decode, LOUDNESS_FILE, type DecodeHooks, type Decoded } from './decode.js';
import { inputOptions, type DecodeRequest, type EvenSound } from './decode-plan.js';
import { composeArguments, fileTarget } from '../ffmpeg/command.js';
import { runProcess, type ProcessOutcome } from '../ffmpeg/process.js';
import { Progress } from '../ffmpeg/progress.js';
import { probe } from '../probe/probe.js';
import { SoundChanges } from './sound-changes.js';
import { evenSoundGraph } from '../sound/sound-graph.js';
import type { AudioTrack } from '../probe/tracks.js';

/**
 * Decodes a file, also one whose sound changes its rate or channels in mid-file, as recordings of broadcasts do at every
 * advertisement: ffmpeg then starts the sound's filters anew, and they know nothing of the time before. Such sound is
 * first brought to one rate and layout, in a file of its own that is read in place of the track.
 */
export async function decodeEvenly(request: DecodeRequest, hooks: DecodeHooks): Promise<Decoded> {
  try {
    return await decode(request, hooks);
  } catch (error) {
    if (!(error instanceof SoundChanges) || request.audio === null) throw error;
    return await decodeApart(request, request.audio, hooks);
  }
}

/** The picture by itself, and the sound by way of an even one. */
async function decodeApart(request: DecodeRequest, audio: AudioTrack, hooks: DecodeHooks): Promise<Decoded> {
  const folder = join(request.folder, 'even');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const { even, outcome } = await evened(request, audio, folder, hooks);
  const sound = await decode({ ...request, video: null, folder, even }, hooks);
  const picture = request.video && (await decode({ ...request, audio: null }, hooks));
  for (const name of [LOUDNESS_FILE, ...sound.plan.waves.map(({ file }) => file)])
    await rename(join(folder, name), join(request.folder, name));
  await rm(folder, { recursive: true });
  const runs = [...(picture ? [picture.outcome] : []), outcome, sound.outcome];
  return {
    plan: picture ? { ...picture.plan, waves: sound.plan.waves } : sound.plan,
    outcome: joined(runs),
    ended: sound.ended && (picture?.ended ?? true),
    picture: picture?.picture ?? null,
    sound: sound.sound,
  };
}

async function evened(
  request: DecodeRequest,
  audio: AudioTrack,
  folder: string,
  { signal, onTime }: DecodeHooks,
): Promise<{ even: EvenSound; outcome: ProcessOutcome }> {
  const { path, demuxer, params } = request;
  const file = join(folder, 'even.mka');
  const output = {
    options: ['-map', '[even]', '-c:a', 'flac', '-compression_level', '0'],
    format: 'matroska',
    target: fileTarget(file),
  };
  const input = { path, demuxer, options: inputOptions({ ...request, video: null }) };
  const limits = { path, signal, wallClockSec: params.wallClockSec, stallSec: params.stallSec };
  const outcome = await runProcess({
    program: 'ffmpeg',
    args: composeArguments(input, [evenSoundGraph(audio)], [output]),
    ...limits,
    pipes: [new Progress(onTime).consume],
  });
  const { start } = await probe({ path: file, demuxer: 'matroska', signal, limitSec: params.stallSec });
  return { even: { path: file, startSec: toSeconds(start) }, outcome };
}

/** Several runs as one: what any of them complained of, and the first that did not end well. */
function joined(runs: readonly ProcessOutcome[]): ProcessOutcome {
  return {
    exitCode: runs.find(({ exitCode }) => exitCode !== 0)?.exitCode ?? 0,
    killedBy: runs.find(({ killedBy }) => killedBy !== null)?.killedBy ?? null,
    stderr: runs.flatMap(({ stderr }) => stderr),
    stderrTotal: runs.reduce((sum, { stderrTotal }) => sum + stderrTotal, 0),
  };
}
