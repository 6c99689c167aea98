import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EarsightError } from '../../../core/errors.js';
import type { SpeechPreparation } from '../../runtime/model-spec.js';
import { readByteLevelText, type ByteLevelText } from './byte-level-text.js';

const count = z.number().int().positive().max(65_536);
const tokens = z.array(z.number().int().nonnegative());

const configSchema = z.object({
  model_type: z.literal('whisper'),
  d_model: count,
  decoder_layers: count,
  decoder_attention_heads: count,
  num_mel_bins: count.max(512),
  max_source_positions: count,
  max_target_positions: count,
  decoder_start_token_id: z.number().int().nonnegative(),
  eos_token_id: z.number().int().nonnegative(),
  suppress_tokens: tokens.nullish(),
  begin_suppress_tokens: tokens.nullish(),
});

const generationSchema = z.object({
  alignment_heads: z.array(z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()])).nullish(),
  no_timestamps_token_id: z.number().int().positive().optional(),
  suppress_tokens: tokens.nullish(),
  begin_suppress_tokens: tokens.nullish(),
});

const preprocessorSchema = z.object({
  sampling_rate: z.literal(16_000),
  hop_length: z.literal(160),
  n_fft: z.literal(400),
});

/** Steps of the encoder's output per frame of its input. */
const FRAMES_PER_STEP = 2;

export interface WhisperConfig {
  readonly preparation: Omit<SpeechPreparation, 'kind' | 'decoderPath'>;
  readonly text: ByteLevelText;
  /** Languages by their code, as tokens; empty for a network that knows English alone. */
  readonly languages: ReadonlyMap<string, number>;
}

/** Reads a Whisper in the hub's layout. @throws EARSIGHT_PACK_INVALID for a file that is missing, damaged or of another shape */
export async function readWhisperConfig(folder: string): Promise<WhisperConfig> {
  const config = await read(join(folder, 'config.json'), configSchema);
  const generation = await read(join(folder, 'generation_config.json'), generationSchema, {});
  const { sampling_rate: sampleRateHz } = await read(join(folder, 'preprocessor_config.json'), preprocessorSchema);
  const text = await readByteLevelText(join(folder, 'tokenizer.json'));
  const noTimestamps = generation.no_timestamps_token_id ?? text.special('<|notimestamps|>');
  if (noTimestamps === null) {
    const reason = 'it has no token <|notimestamps|>';
    throw new EarsightError('EARSIGHT_PACK_INVALID', { path: join(folder, 'tokenizer.json'), reason });
  }
  // The English networks keep the tokens of all languages, but their vocabulary is one token shorter.
  const multilingual = config.eos_token_id > ENGLISH_END;
  const languages = new Map(
    multilingual
      ? [...text.specials].flatMap(([content, token]) => {
          const code = /^<\|([a-z]{2,3})\|>$/.exec(content)?.[1];
          return code === undefined ? [] : [[CODES[code] ?? code, token] as const];
        })
      : [],
  );
  const heads = config.decoder_attention_heads;
  return {
    text,
    languages,
    preparation: {
      sampleRateHz,
      melBins: config.num_mel_bins,
      frames: config.max_source_positions * FRAMES_PER_STEP,
      soundSteps: config.max_source_positions,
      heads,
      headWidth: config.d_model / heads,
      alignmentHeads: generation.alignment_heads ?? upperHeads(config.decoder_layers, heads),
      // Half of the positions are for a prompt, as in the reference implementation.
      maxTokens: Math.floor(config.max_target_positions / 2),
      tokens: {
        start: config.decoder_start_token_id,
        end: config.eos_token_id,
        noTimestamps,
        transcribe: multilingual ? text.special('<|transcribe|>') : null,
        languages: [...languages.values()],
        suppressed: generation.suppress_tokens ?? config.suppress_tokens ?? [],
        suppressedFirst: generation.begin_suppress_tokens ?? config.begin_suppress_tokens ?? [],
      },
    },
  };
}

/** `<|endoftext|>` of the vocabulary of the English networks. */
const ENGLISH_END = 50_256;

/** Two languages have an outdated or a private code in the vocabulary. */
const CODES: Readonly<Record<string, string>> = { iw: 'he', jw: 'jv' };

/** Without a list, all heads of the upper half of the layers, as in the reference implementation. */
function upperHeads(layers: number, heads: number): (readonly [number, number])[] {
  return Array.from(
    { length: layers * heads },
    (_, index) => [Math.floor(index / heads), index % heads] as const,
  ).filter(([layer]) => layer >= layers / 2);
}

async function read<Shape extends z.ZodType>(
  path: string,
  schema: Shape,
  otherwise?: z.infer<Shape>,
): Promise<z.infer<Shape>> {
  try {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (otherwise === undefined) throw error;
      return null;
    });
    return text === null ? (otherwise as z.infer<Shape>) : schema.parse(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll('\n', ' ') : String(cause);
    throw new EarsightError('EARSIGHT_PACK_INVALID', { path, reason }, { cause });
  }
}
