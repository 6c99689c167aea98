import type { FrameGeometry } from '../../../models/encoders/encoder.js';
import { shortSideOf } from '../params.js';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A picture that is to be scaled: its size upright and in square pixels. */
export interface SourcePicture extends Size {
  /** The upright size in pixels as they are stored, where those are not square. */
  readonly stored?: Size;
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
export function scaleTo(geometry: FrameGeometry, picture: SourcePicture): ScaledPicture {
  const { width, height } = geometry;
  switch (geometry.fit) {
    case 'stretch':
      return { width, height, filters: scale(picture, { width, height }) };
    case 'crop': {
      // The scaled long side and the position of the crop are rounded down, as the image processors do.
      const factor = shortSideOf(geometry) / Math.min(picture.width, picture.height);
      const whole = resize(picture, factor, Math.floor);
      if (Math.max(whole.width, whole.height) > MAX_SCALED_SIDE) return cropMiddle(geometry, picture, factor);
      const scaled = whole;
      const x = Math.floor((scaled.width - width) / 2);
      const y = Math.floor((scaled.height - height) / 2);
      return { width, height, filters: `${scale(picture, scaled)},crop=${width}:${height}:${x}:${y}` };
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
      const filters = `${scale(picture, scaled)},pad=${padded.width}:${padded.height}:0:0:color=${colour}`;
      return { ...padded, filters };
    }
    case 'inside': {
      const factor = Math.min(1, width / picture.width, height / picture.height);
      const scaled = resize(picture, factor, Math.round);
      return { ...scaled, filters: scale(picture, scaled) };
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
export function smallPicture(picture: SourcePicture): ScaledPicture {
  const factor = Math.min(1, SMALL_WIDTH / picture.width);
  const scaled = resize(picture, factor, Math.round);
  return { ...scaled, filters: `${fitted(picture, scaled, 'flags=area')},format=yuv420p,${TO_RGB},${padded(scaled)}` };
}

/** No network's input is wider by far, and swscale refuses sides of a few ten thousand pixels. */
const MAX_SCALED_SIDE = 16_384;
/** Bicubic scaling looks at two pixels beyond each end; the rest is for rounding. */
const MARGIN = 8;

/** The crop of a picture so long that scaling it whole would take a thousand times the memory: all but the middle is cut first. */
function cropMiddle(geometry: FrameGeometry, picture: SourcePicture, factor: number): ScaledPicture {
  const { stored = picture } = picture;
  const wide = picture.width > picture.height;
  const [side, storedSide] = wide ? [picture.width, stored.width] : [picture.height, stored.height];
  const needed = (wide ? geometry.width : geometry.height) / factor + MARGIN;
  const kept = Math.min(storedSide, 2 * Math.ceil((needed * storedSide) / side / 2));
  const length = (kept * side) / storedSide;
  const middle = wide
    ? { width: length, height: picture.height, stored: { ...stored, width: kept } }
    : { width: picture.width, height: length, stored: { ...stored, height: kept } };
  const scaled = scaleTo(geometry, middle);
  const crop = wide ? `crop=${kept}:ih` : `crop=iw:${kept}`;
  return { ...scaled, filters: `${crop},${scaled.filters}` };
}

function scale(picture: SourcePicture, size: Size): string {
  return `${fitted(picture, size, BICUBIC)},format=rgb24,${padded(size)}`;
}

/**
 * Scales a picture to a size. When a later picture of the stream has another shape, it becomes as much smaller in one
 * direction as keeps its content undistorted; `padded` then adds black bars.
 */
function fitted(picture: SourcePicture, { width, height }: Size, options: string): string {
  const { stored = picture } = picture;
  const shape = (picture.width / picture.height).toPrecision(9);
  const same = `eq(iw,${stored.width})*eq(ih,${stored.height})`;
  const side = (length: number, ratio: string): string =>
    `if(${same},${length},max(1,round(${length}*min(1,${ratio}))))`;
  const [w, h] = [side(width, `dar/${shape}`), side(height, `${shape}/dar`)];
  return `scale=w='${w}':h='${h}':eval=frame:${options}`;
}

function padded({ width, height }: Size): string {
  return `pad=${width}:${height}:-1:-1:eval=frame`;
}

/** Lengths are rounded to a thousandth of a pixel first, so that 224 / 360 × 360 does not become 223. */
function resize(picture: Size, factor: number, round: (x: number) => number): Size {
  const side = (length: number): number => Math.max(1, round(Number((length * factor).toFixed(3))));
  return { width: side(picture.width), height: side(picture.height) };
}
