import { spawnSync } from 'node:child_process';
import type { FrameGeometry } from '../../models/encoders/encoder.js';
import { scaleTo } from '../../stages/extract/picture/picture-geometry.js';

export interface Pictures {
  readonly frames: Uint8Array;
  /** Size of one frame. */
  readonly bytes: number;
  readonly aspect: number;
}

/** One frame of a clip per second, from half a second on, scaled as the extract stage does. */
export function framesOf(path: string, geometry: FrameGeometry): Pictures {
  const probe = [
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
  const [width = 1, height = 1] = String(spawnSync('ffprobe', probe).stdout).trim().split(',').map(Number);
  const picture = scaleTo(geometry, { width, height });
  const filter = `fps=1,${picture.filters}`;
  const decode = ['-v', 'error', '-nostdin', '-i', path, '-vf', filter, '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'];
  return {
    frames: Uint8Array.from(spawnSync('ffmpeg', decode, { maxBuffer: 1 << 28 }).stdout),
    bytes: picture.width * picture.height * 3,
    aspect: width / height,
  };
}
