import { spawn } from 'node:child_process';
import { EarsightError } from '../../../core/errors.js';

/** Decodes the sound of an audio or video file to mono float32 at `sampleRateHz`; empty if there is no sound stream. */
export async function decodeSound(path: string, sampleRateHz: number): Promise<Float32Array> {
  const program = process.env['EARSIGHT_FFMPEG'] ?? 'ffmpeg';
  const output = ['-map', '0:a:0?', '-ac', '1', '-ar', String(sampleRateHz), '-f', 'f32le', '-'];
  const child = spawn(program, ['-hide_banner', '-loglevel', 'error', '-nostdin', '-i', path, ...output]);
  const parts: Buffer[] = [];
  let messages = '';
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  child.stderr.on('data', (part: Buffer) => (messages = (messages + part.toString()).slice(-2000)));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', (cause) => reject(new EarsightError('EARSIGHT_FFMPEG_MISSING', { program }, { cause })));
  });
  const bytes = Buffer.concat(parts);
  // ffmpeg fails with one of these messages if the file has no sound stream, which is no error here.
  if (status !== 0 && bytes.length === 0 && /does not contain any stream|matches no streams/.test(messages))
    return new Float32Array();
  if (status !== 0)
    throw new EarsightError('EARSIGHT_FFMPEG_FAILED', {
      path,
      reason: messages.trim().split('\n').slice(-3).join(' / '),
    });
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 4 * Math.floor(bytes.length / 4)));
}
