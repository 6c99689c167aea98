/**
 * How true descriptions of real clips are: `npx tsx bench/described.ts OUT...` judges the descriptions in the output folders
 * of runs over the clips of `bench/described/truths.json`. The truths were written down from key frames and from the labels
 * of the data sets, before descriptions were judged. What needs a ruler or a level meter (lengths, camera, loudness) is counted
 * apart.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { descriptionFileSchema, type Fact } from '../core/schemas/description.js';

const truthSchema = z.strictObject({
  /** Least and greatest number of each thing; things that are not listed are not there. */
  things: z.record(z.string(), z.tuple([z.number(), z.number()])),
  /** Whether a face shows. */
  face: z.boolean(),
  colours: z.array(z.string()),
  thingColours: z.record(z.string(), z.array(z.string())).default({}),
  places: z.record(z.string(), z.array(z.enum(['left', 'middle', 'right']))).default({}),
  /** Things that fill most of the picture. */
  fills: z.array(z.string()).default([]),
  /** Labels of what is heard; null where nobody wrote it down. */
  sounds: z.array(z.string()).nullable(),
  /** Kinds of sounds that are right where no name is. */
  kinds: z.array(z.string()).default([]),
  cuts: z.number().optional(),
});
type Truth = z.infer<typeof truthSchema>;
const truthsSchema = z.strictObject({ schema: z.literal(1), clips: z.record(z.string(), truthSchema) });

/** Null for what the truths do not cover. */
function judge({ kind, about, value }: Fact, truth: Truth): boolean | null {
  switch (kind) {
    case 'thing':
    case 'count': {
      const [least, most] = truth.things[about] ?? [0, 0];
      const count = kind === 'thing' ? 1 : Number(value);
      // More than three are called several.
      return most > 0 && count <= most && (kind === 'thing' || count >= Math.min(least, 1));
    }
    case 'colour': {
      if (about === 'brightness') return null;
      const names = value.replace(/^(mostly|mainly) /, '').split(' and ');
      const right = about in truth.things ? (truth.thingColours[about] ?? null) : truth.colours;
      return right === null ? null : names.every((name) => right.includes(name));
    }
    case 'place': {
      const column = (['left', 'middle', 'right'] as const)[Number(/column (\d)/.exec(value)?.[1])];
      const right = truth.places[about];
      return right === undefined || column === undefined ? null : right.includes(column);
    }
    case 'size':
      return truth.fills.includes(about);
    case 'face':
      return truth.face;
    case 'sound':
      return truth.sounds === null ? null : truth.sounds.includes(value) || truth.kinds.includes(value);
    case 'speech':
    case 'words':
      return truth.sounds === null ? null : truth.sounds.includes('Speech');
    case 'cuts':
      return truth.cuts === undefined ? null : truth.cuts === Number(value);
    default:
      return null;
  }
}

const { clips } = truthsSchema.parse(
  JSON.parse(readFileSync(new URL('described/truths.json', import.meta.url), 'utf8')),
);
const names = Object.keys(clips).sort();

for (const out of process.argv.slice(2)) {
  const halves = [
    { name: 'first half, by name', right: 0, wrong: 0, unjudged: 0, sentences: 0 },
    { name: 'second half', right: 0, wrong: 0, unjudged: 0, sentences: 0 },
  ];
  console.log(`\n${out}`);
  for (const folder of readdirSync(out).sort()) {
    const path = join(out, folder, 'description.json');
    const name = names.find((one) => folder === one || folder === `${one}.mp4`);
    const half = name === undefined ? undefined : halves[Number(names.indexOf(name) * 2 >= names.length)];
    const truth = clips[name ?? ''];
    if (half === undefined || truth === undefined || !existsSync(path)) continue;
    const { sentences, facts } = descriptionFileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    const byId = new Map(facts.map((fact) => [fact.id, fact]));
    half.sentences += sentences.length;
    for (const { text, phrases } of sentences)
      for (const phrase of phrases) {
        const verdicts = phrase.evidence.flatMap((id) => {
          const fact = byId.get(id);
          return fact === undefined ? [] : [judge(fact, truth)];
        });
        if (verdicts.includes(false)) {
          half.wrong++;
          console.log(`  false, ${folder}: “${phrase.text.trim()}” in “${text}”`);
        } else if (verdicts.includes(true)) half.right++;
        else half.unjudged++;
      }
  }
  for (const { name, right, wrong, unjudged, sentences } of halves)
    console.log(
      `  ${name}: ${wrong} of ${right + wrong} statements false (${((100 * wrong) / Math.max(1, right + wrong)).toFixed(1)} %), ${unjudged} not judged, ${sentences} sentences`,
    );
}
