import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { EncodedRows, EncodeInfo } from '../encode/encode-info.js';
import { windowsPerSegment } from '../encode/window-layout.js';
import type { Span } from '../sound/silences.js';

/** Classes of AudioSet in which words may be said or sung. */
const VOICES = new Set([
  'Speech',
  'Male speech, man speaking',
  'Female speech, woman speaking',
  'Child speech, kid speaking',
  'Conversation',
  'Narration, monologue',
  'Speech synthesizer',
  'Shout',
  'Yell',
  'Whispering',
  'Singing',
  'Choir',
  'Rapping',
  'Chant',
  'Hubbub, speech noise, speech babble',
]);

/**
 * A voice is worth listening to from this score. It only proposes: what the transcriber hears is judged afterwards, and a
 * voice that is missed here is lost.
 */
const PROPOSED_FROM = 0.1;

/** About half a megabyte of AudioSet scores. */
const ROWS_PER_READ = 256;

/** The segments in which a tagger hears speech or singing, joined; null without a tagger that knows either. */
export async function taggedVoices(info: EncodeInfo, folder: string): Promise<Span[] | null> {
  const taggers = info.encoders.filter(
    ({ modality, meaning, classes }) =>
      modality === 'audio' && meaning !== 'embedding' && classes.some((name) => VOICES.has(name)),
  );
  if (taggers.length === 0) return null;
  const voiced = new Uint8Array(info.segments);
  for (const tagger of taggers) await markVoices(tagger, folder, info, voiced);
  const spans: { startSec: number; endSec: number }[] = [];
  voiced.forEach((voice, segment) => {
    if (voice === 0) return;
    const startSec = segment * info.segmentSec;
    const endSec = segment === info.segments - 1 ? info.durationSec : startSec + info.segmentSec;
    const last = spans.at(-1);
    if (last !== undefined && last.endSec >= startSec - 1e-6) last.endSec = endSec;
    else spans.push({ startSec, endSec });
  });
  return spans;
}

async function markVoices(tagger: EncodedRows, folder: string, info: EncodeInfo, voiced: Uint8Array): Promise<void> {
  const columns = tagger.classes.flatMap((name, column) => (VOICES.has(name) ? [column] : []));
  const file = await open(join(folder, tagger.file), 'r');
  try {
    let firstRow = 0;
    for (const windowSec of tagger.windowsSec) {
      const windows = windowsPerSegment(info.segmentSec, windowSec);
      const rows = info.segments * windows;
      for (let row = 0; row < rows; row += ROWS_PER_READ) {
        const scores = new Float32Array(Math.min(ROWS_PER_READ, rows - row) * tagger.width);
        await file.read(new Uint8Array(scores.buffer), 0, scores.byteLength, (firstRow + row) * tagger.width * 4);
        for (let at = 0; at * tagger.width < scores.length; at++)
          if (columns.some((column) => (scores[at * tagger.width + column] ?? 0) >= PROPOSED_FROM))
            voiced[Math.floor((row + at) / windows)] = 1;
      }
      firstRow += rows;
    }
  } finally {
    await file.close();
  }
}
