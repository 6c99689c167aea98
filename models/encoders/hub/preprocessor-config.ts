import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EarsightError } from '../../../core/errors.js';
import type { LogMelParameters } from '../../runtime/model-spec.js';
import type { FrameGeometry } from '../encoder.js';
import { bandCount, pictureSide, transformSize } from '../../manifest/size-limits.js';

/** The keys of the hub's `preprocessor_config.json` that are used here. Other keys are ignored. */
const count = z.number().int().positive();
const box = z.object({ height: pictureSide, width: pictureSide });
const triple = z.array(z.number()).length(3);

const imageSchema = z.object({
  size: z.union([pictureSide, z.object({ shortest_edge: pictureSide }), box]),
  do_center_crop: z.boolean().default(true),
  crop_size: z.union([pictureSide, box]).optional(),
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  image_mean: triple,
  image_std: triple,
});

const soundSchema = z.object({
  sampling_rate: count,
  feature_size: bandCount,
  fft_window_size: transformSize,
  hop_length: count,
  frequency_min: z.number().nonnegative(),
  frequency_max: z.number().positive(),
  nb_max_samples: count,
  padding: z.literal('repeatpad'),
  truncation: z.enum(['rand_trunc', 'fusion']),
});

interface ImagePreprocessing {
  readonly geometry: FrameGeometry;
  readonly divide: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

interface SoundPreprocessing {
  readonly mel: LogMelParameters;
  /** The length that shorter sounds are repeated up to: ten seconds for CLAP. */
  readonly samples: number;
}

/** Reads CLIP's preprocessing: scale the short side, cut the centre, normalise the channels. @throws EARSIGHT_PACK_INVALID */
export async function readImagePreprocessing(folder: string): Promise<ImagePreprocessing> {
  const config = await read(folder, imageSchema);
  const { size, crop_size: crop, image_mean: mean, image_std: std } = config;
  return {
    geometry: geometryOf(size, config.do_center_crop ? crop : undefined),
    divide: 1 / config.rescale_factor,
    mean,
    std,
  };
}

function geometryOf(
  size: z.infer<typeof imageSchema>['size'],
  crop: z.infer<typeof imageSchema>['crop_size'],
): FrameGeometry {
  if (typeof size === 'object' && 'height' in size) return { ...size, fit: 'stretch' };
  const shortSide = typeof size === 'number' ? size : size.shortest_edge;
  const { width, height } = typeof crop === 'object' ? crop : { width: crop ?? shortSide, height: crop ?? shortSide };
  return { width, height, fit: 'crop', shortSide };
}

/**
 * Reads CLAP's log-mel parameters. The file does not name the filter bank: the extractor uses HTK triangles when several
 * crops are fused, and area-normalised Slaney triangles otherwise. @throws EARSIGHT_PACK_INVALID
 */
export async function readSoundPreprocessing(folder: string): Promise<SoundPreprocessing> {
  const config = await read(folder, soundSchema);
  const fused = config.truncation === 'fusion';
  return {
    samples: config.nb_max_samples,
    mel: {
      sampleRateHz: config.sampling_rate,
      preEmphasis: 0,
      fftSize: config.fft_window_size,
      windowSize: config.fft_window_size,
      window: 'hann-periodic',
      hopSize: config.hop_length,
      melBins: config.feature_size,
      melScale: fused ? 'htk' : 'slaney',
      melNorm: fused ? 'none' : 'slaney',
      minHz: config.frequency_min,
      maxHz: config.frequency_max,
      log: 'decibel',
      logOffset: 1e-10,
      shift: 0,
      scale: 1,
    },
  };
}

async function read<Shape extends z.ZodType>(folder: string, schema: Shape): Promise<z.infer<Shape>> {
  const path = join(folder, 'preprocessor_config.json');
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll('\n', ' ') : String(cause);
    throw new EarsightError('EARSIGHT_PACK_INVALID', { path, reason }, { cause });
  }
}
