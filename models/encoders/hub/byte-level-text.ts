import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { EarsightError } from '../../../core/errors.js';

const tokenizerSchema = z.object({
  model: z.object({ vocab: z.record(z.string(), z.number().int().nonnegative()) }),
  added_tokens: z.array(z.object({ id: z.number().int().nonnegative(), content: z.string() })),
});

/** The vocabulary of a byte-level tokenizer: what text each token stands for. */
export interface ByteLevelText {
  /** The bytes of a text token; nothing for a special one. Characters may be split between tokens. */
  bytesOf(token: number): Uint8Array;
  /** The number of a special token such as `<|en|>`, or null. */
  special(content: string): number | null;
  /** All special tokens by their content. */
  readonly specials: ReadonlyMap<string, number>;
}

/**
 * Reads the vocabulary of `tokenizer.json` in the hub's layout. Only decoding is needed for transcripts, so the tokenizer
 * of Transformers.js, whose import takes half a second, is not loaded. @throws EARSIGHT_PACK_INVALID
 */
export async function readByteLevelText(path: string): Promise<ByteLevelText> {
  let parsed;
  try {
    parsed = tokenizerSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll('\n', ' ') : String(cause);
    throw new EarsightError('EARSIGHT_PACK_INVALID', { path, reason }, { cause });
  }
  const specials = new Map(parsed.added_tokens.map(({ id, content }) => [content, id]));
  const bytes = byteOfCharacter();
  const texts = new Map<number, Uint8Array>();
  for (const [text, id] of Object.entries(parsed.model.vocab))
    if (!specials.has(text))
      texts.set(
        id,
        Uint8Array.from(text, (character) => bytes.get(character) ?? 0x3f),
      );
  const none = new Uint8Array(0);
  return {
    bytesOf: (token) => texts.get(token) ?? none,
    special: (content) => specials.get(content) ?? null,
    specials,
  };
}

/**
 * The characters by which GPT-2's vocabulary writes bytes: printable ones stand for themselves, and the others follow from
 * U+0100 on (Radford et al., 2019; `bytes_to_unicode` of its published code).
 */
function byteOfCharacter(): ReadonlyMap<string, number> {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  const table = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) table.set(String.fromCodePoint(printable(byte) ? byte : next++), byte);
  return table;
}
