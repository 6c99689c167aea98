import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { scriptFileSchema } from '../../core/schemas/script.js';
import { WORDS_INPUTS, readVideoFacts } from '../describe/read-facts.js';
import { defineStage } from '../services.js';
import { writeScript } from './write-script.js';

const paramsSchema = z.strictObject({});

/** Digits of the content's hash, as in the `id` of index.jsonl. */
const ID_DIGITS = 16;

/** What happens in each scene, in the form of the Vript data set: `script.json`. */
export const scriptStage = defineStage({
  name: 'script',
  version: 1,
  inputs: WORDS_INPUTS,
  params: paramsSchema,
  resource: 'light',
  scratch: false,
  async run({ source, inputs, folder, signal }) {
    const video = await readVideoFacts(inputs, signal);
    const title = (source.path.split(/[/\\]/).at(-1) ?? '').replace(/\.[^.]*$/, '');
    const file = scriptFileSchema.parse(writeScript(video, source.sha256.slice(0, ID_DIGITS), title));
    await writeFile(join(folder, 'script.json'), JSON.stringify(file, null, 1));
  },
});
