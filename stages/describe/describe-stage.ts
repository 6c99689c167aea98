import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { descriptionFileSchema, type DescriptionFile } from '../../core/schemas/description.js';
import { defineStage } from '../services.js';
import { WORDS_INPUTS, readVideoFacts } from './read-facts.js';
import { writeVideo } from './write/write-video.js';

const paramsSchema = z.strictObject({});

/** One paragraph about the video: `description.json`, every phrase with its evidence, and `description.txt`. */
export const describeStage = defineStage({
  name: 'describe',
  version: 1,
  inputs: WORDS_INPUTS,
  params: paramsSchema,
  resource: 'light',
  scratch: false,
  async run({ inputs, folder, signal }) {
    const file: DescriptionFile = {
      schema: 1,
      language: 'en',
      writer: 'grounded',
      ...writeVideo(await readVideoFacts(inputs, signal)),
    };
    await writeFile(join(folder, 'description.json'), JSON.stringify(descriptionFileSchema.parse(file), null, 1));
    await writeFile(join(folder, 'description.txt'), `${file.sentences.map(({ text }) => text).join(' ')}\n`);
  },
});
