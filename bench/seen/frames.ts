import { spawnSync } from 'node:child_process';
import type { FrameGeometry } from '../../models/encoders/encoder.js';

export interface Pictures {
  readonly frames: Uint8Array;
  readonly aspect: number;
}

/** Frames of a clip a second apart, from half a second on, letterboxed. */
export function framesOf(path: string, { width: side, pad = 114 }: FrameGeometry): Pictures {
  const grey = `0x${pad.toString(16).repeat(3)}`;
  const filter = `fps=1,scale=${side}:${side}:force_original_aspect_ratio=decrease:flags=bicubic,pad=${side}:${side}:0:0:color=${grey}`;
  const decode = ['-v', 'error', '-nostdin', '-i', path, '-vf', filter, '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'];
  const sides = [
    '-v',
    'error',
    '-select_streams',
    'v:0',
    '-show_entries',
    'stream=width,height',
    '-of',
    'csv=p=0',
    path,
  ];
  const [width = 1, height = 1] = String(spawnSync('ffprobe', sides).stdout).trim().split(',').map(Number);
  return {
    frames: Uint8Array.from(spawnSync('ffmpeg', decode, { maxBuffer: 1 << 28 }).stdout),
    aspect: width / height,
  };
}
