import type { FrameGeometry } from '../../../models/encoders/encoder.js';
import { shortSideOf } from '../params.js';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface ScaledPicture extends Size {
  /** ffmpeg filters that turn the upright picture into rgb24 of this size. */
  readonly filters: string;
}

/** Bicubic, as the image processors of CLIP-like networks resize, with swscale's most exact rounding and chroma. */
const BICUBIC = 'flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp';
/** The grey that YOLOX pads with: its `preproc` fills with 114. */
const LETTERBOX_GREY = 114;
/** Converts a picture to rgb24 without resizing it. */
const TO_RGB = 'scale=flags=fast_bilinear,format=rgb24';
/** PySceneDetect reduces wider pictures to this width and leaves smaller ones as they are (methods.md C.2). */
const SMALL_WIDTH = 256;

/**
 * The filters and the size of a picture in a network's input geometry.
 * @param picture the upright picture in square pixels
 */
export function scaleTo(geometry: FrameGeometry, picture: Size): ScaledPicture {
  const { width, height } = geometry;
  switch (geometry.fit) {
    case 'stretch':
      return { width, height, filters: scale({ width, height }) };
    case 'crop': {
      // The scaled long side and the position of the crop are rounded down, as the image processors do.
      const factor = shortSideOf(geometry) / Math.min(picture.width, picture.height);
      const scaled = resize(picture, factor, Math.floor);
      const x = Math.floor((scaled.width - width) / 2);
      const y = Math.floor((scaled.height - height) / 2);
      return { width, height, filters: `${scale(scaled)},crop=${width}:${height}:${x}:${y}` };
    }
    case 'letterbox': {
      const factor = Math.min(width / picture.width, height / picture.height);
      const grey = (geometry.pad ?? LETTERBOX_GREY).toString(16).padStart(2, '0');
      const colour = `0x${grey}${grey}${grey}`;
      const scaled = resize(picture, factor, Math.floor);
      const padded = {
        width: roundUp(scaled.width, geometry.multiple ?? width),
        height: roundUp(scaled.height, geometry.multiple ?? height),
      };
      const filters = `${scale(scaled)},pad=${padded.width}:${padded.height}:0:0:color=${colour}`;
      return { ...padded, filters };
    }
    case 'inside': {
      const factor = Math.min(1, width / picture.width, height / picture.height);
      const scaled = resize(picture, factor, Math.round);
      return { ...scaled, filters: scale(scaled) };
    }
  }
}

function roundUp(side: number, multiple: number): number {
  return Math.ceil(side / multiple) * multiple;
}

/**
 * The picture that cuts and motion are measured in. Area averaging costs a third of bicubic scaling and does not shimmer.
 * It is scaled first and converted to RGB afterwards: doing both in one step bypasses the scaler's fast code and takes
 * half as long again.
 */
export function smallPicture(picture: Size): ScaledPicture {
  const factor = Math.min(1, SMALL_WIDTH / picture.width);
  const scaled = resize(picture, factor, Math.round);
  return { ...scaled, filters: `scale=${scaled.width}:${scaled.height}:flags=area,format=yuv420p,${TO_RGB}` };
}

function scale({ width, height }: Size): string {
  return `scale=${width}:${height}:${BICUBIC},format=rgb24`;
}

/** Lengths are rounded to a thousandth of a pixel first, so that 224 / 360 × 360 does not become 223. */
function resize(picture: Size, factor: number, round: (x: number) => number): Size {
  const side = (length: number): number => Math.max(1, round(Number((length * factor).toFixed(3))));
  return { width: side(picture.width), height: side(picture.height) };
}
