/**
 * Transcripts of a transcriber against what was said: word errors, times of words, invented words over sounds without
 * speech, and processor time beside the plain pipeline of Transformers.js.
 *
 *     npx tsx bench/transcripts.ts speech|film|sounds|cost <shared> [every n-th sound, from which one]
 *     npx tsx bench/transcripts.ts words <shared> <times.json>
 *
 * `times.json` holds the words of a second implementation: `{ "<file name>": [["word", startSec, endSec], …] }`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { errorRate, wordEdits } from '../measures/transcript/error-rates.js';
import { Listener } from './transcripts/listener.js';
import { plainWay } from './transcripts/plain-way.js';
import { sharedStarts } from './transcripts/word-starts.js';

const [part = '', shared = '../shared', ...rest] = process.argv.slice(2);
const work = await mkdtemp(join(tmpdir(), 'earsight-transcripts-'));
const listener = await Listener.open(join(shared, 'models/whisper-tiny'), work);
try {
  if (part === 'speech') await speech();
  else if (part === 'film') await film();
  else if (part === 'words') await words(rest[0] ?? '');
  else if (part === 'sounds') await sounds(Number(rest[0] ?? 1), Number(rest[1] ?? 0));
  else if (part === 'cost') await cost();
  else throw new Error('speech, film, words, sounds or cost');
} finally {
  await listener.close();
  await rm(work, { recursive: true });
}

async function prompts(): Promise<{ path: string; text: string; seconds: number }[]> {
  const folder = join(shared, 'media/audio/speech-en');
  const lines = (await readFile(join(folder, 'transcripts.tsv'), 'utf8')).trim().split('\n').slice(1);
  return lines.map((line) => {
    const [file = '', seconds = '', text = ''] = line.split('\t');
    return { path: join(folder, file), text, seconds: Number(seconds) };
  });
}

/** The kept words against the exact text, and what was flagged although it was said. */
async function speech(): Promise<void> {
  const edits = [];
  let flagged = 0;
  for (const { path, text } of await prompts()) {
    const { utterances } = await listener.transcribe(path);
    flagged += utterances.filter(({ flags }) => flags.length > 0).length;
    const kept = utterances.filter(({ flags }) => flags.length === 0).map((one) => one.text);
    const each = wordEdits(kept.join(' '), text);
    edits.push(each);
    if (each.substitutions + each.deletions + each.insertions > 0) console.log(`${basename(path)}: ${kept.join(' ')}`);
  }
  console.log(`speech-en: ${percent(errorRate(edits))} word errors, ${flagged} utterances flagged`);
  const jfk = await listener.transcribe(join(shared, 'media/audio/jfk.flac'));
  console.log(`jfk: ${jfk.utterances.map(({ text }) => text).join(' ')}`);
}

async function scenes(): Promise<{ path: string; text: string }[]> {
  const lines = (await readFile(join(shared, 'annotations/vript/0J7UPHL08fU_asr.jsonl'), 'utf8')).trim().split('\n');
  const folder = join(shared, 'media/videos/vript/0J7UPHL08fU');
  return lines
    .map((line) => JSON.parse(line) as { clip_id: string; full_text: string })
    .map(({ clip_id: id, full_text: text }) => ({ path: join(folder, `${id}.mp4`), text }))
    .filter(({ path, text }) => text !== '' && existsSync(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function film(): Promise<void> {
  const edits = [];
  const all = await scenes();
  for (const { path, text } of all) {
    const { utterances } = await listener.transcribe(path);
    edits.push(
      wordEdits(utterances.flatMap(({ flags, text: said }) => (flags.length === 0 ? said : [])).join(' '), text),
    );
  }
  console.log(`film, scene by scene: ${percent(errorRate(edits))} word errors`);
  const list = join(work, 'scenes.txt');
  await writeFile(list, all.map(({ path }) => `file '${path}'`).join('\n'));
  const joined = join(work, 'film.wav');
  const read = ['-f', 'concat', '-safe', '0', '-i', list, '-vn', '-ac', '1', '-ar', '16000'];
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', ...read, joined]);
  const { utterances } = await listener.transcribe(joined);
  const kept = utterances.filter(({ flags }) => flags.length === 0);
  const whole = wordEdits(kept.map(({ text }) => text).join(' '), all.map(({ text }) => text).join(' '));
  console.log(`film, joined: ${percent(errorRate([whole]))} word errors, ${utterances.length - kept.length} flagged`);
}

async function words(timesFile: string): Promise<void> {
  const times = JSON.parse(await readFile(timesFile, 'utf8')) as Record<string, [string, number, number][]>;
  const speeches = [join(shared, 'media/audio/jfk.flac'), ...(await prompts()).map(({ path }) => path)];
  const differences: number[] = [];
  for (const path of [...speeches, ...(await scenes()).map((scene) => scene.path)]) {
    const { utterances } = await listener.transcribe(path);
    const theirs = (times[basename(path)] ?? []).map(([text, startSec]) => ({ text, startSec }));
    differences.push(
      ...sharedStarts(
        utterances.flatMap((one) => one.words),
        theirs,
      ),
    );
  }
  const near = differences.filter((sec) => Math.abs(sec) <= 0.1 + 1e-6).length;
  const middle = [...differences].sort((a, b) => a - b)[Math.floor(differences.length / 2)] ?? 0;
  console.log(
    `${differences.length} words: ${percent(near / differences.length)} within 0.1 s, median ${middle.toFixed(2)} s`,
  );
}

/** Sounds in which nobody speaks. Thresholds were chosen on `4 0`; other rests are reported. */
async function sounds(every: number, from: number): Promise<void> {
  for (const [name, paths] of Object.entries(await silentSounds())) {
    // There are ten times as many of Debian: five times fewer of them are enough.
    const step = name === 'debian' ? 5 * every : every;
    const some = paths.filter((_, index) => index % step === from);
    let [texts, unflagged] = [0, 0];
    for (const path of some) {
      const { utterances } = await listener.transcribe(path);
      if (utterances.length > 0) texts += 1;
      const kept = utterances.filter(({ flags }) => flags.length === 0);
      if (kept.length > 0) unflagged += 1;
      for (const { text, confidence } of kept) console.log(`  ${path}: ${text} (${confidence.toFixed(2)})`);
    }
    console.log(`${name}: ${some.length} sounds, ${texts} with text, ${unflagged} with unflagged words`);
  }
}

/** Names of sounds in which there may be words, or voices that are close to words. */
const VOICED =
  /speech|speak|sing|choir|voice|hubbub|chatter|crowd|cheer|laugh|giggle|shout|scream|opera|babble|whisper|radio|beatbox|chant|yell/i;

async function silentSounds(): Promise<Record<string, string[]>> {
  const audio = join(shared, 'media/audio');
  const below = async (folder: string): Promise<string[]> => {
    const entries = await readdir(join(audio, folder), { recursive: true, withFileTypes: true });
    return entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : [])).sort();
  };
  const lines = (await readFile(join(audio, 'debian/labels.tsv'), 'utf8')).trim().split('\n').slice(1);
  const debian = lines
    .map((line) => line.split('\t'))
    .filter(([, labels = '']) => labels !== '' && !VOICED.test(labels))
    .map(([path = '']) => join(audio, 'debian', path));
  return { esc10: await below('esc10'), instruments: await below('instruments'), debian };
}

/** Processor seconds per second of speech, each way with its networks loaded before; the two take turns. */
async function cost(): Promise<void> {
  const plain = await plainWay(join(shared, 'models'), 'whisper-tiny');
  const some = (await prompts()).filter((_, index) => index % 4 === 0);
  const files = [{ path: join(shared, 'media/audio/jfk.flac'), seconds: 11 }, ...some];
  const [first] = files;
  if (first) {
    await listener.listen(first.path);
    await plain(first.path);
  }
  const spent = { ours: 0, plain: 0, seconds: 0 };
  for (const { path, seconds } of files) {
    spent.seconds += seconds;
    spent.plain += await processorSec(() => plain(path));
    spent.ours += await processorSec(() => listener.listen(path));
  }
  console.log(
    `per second of speech: ${(spent.ours / spent.seconds).toFixed(3)} s, plain pipeline ${(spent.plain / spent.seconds).toFixed(3)} s, ratio ${(spent.ours / spent.plain).toFixed(2)}`,
  );
}

async function processorSec(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function percent(fraction: number | null): string {
  return fraction === null ? 'no' : `${(100 * fraction).toFixed(2)} %`;
}
