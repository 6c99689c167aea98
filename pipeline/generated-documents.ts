import { z } from 'zod';
import { mixersPage } from '../models/mixers/page.js';
import { manifestSchema } from '../models/manifest/manifest.js';
import { CATALOGUE } from '../core/error-catalogue.js';
import type { ErrorEntry } from '../core/error-entry.js';
import { WARNING_CATALOGUE } from '../core/warning-catalogue.js';
import { descriptionFileSchema } from '../core/schemas/description.js';
import { scriptFileSchema } from '../core/schemas/script.js';
import { audioFileSchema } from '../core/schemas/audio.js';
import { eventsFileSchema, segmentRowSchema } from '../core/schemas/events.js';
import { indexRowSchema, summaryFileSchema } from '../core/schemas/run.js';
import { objectsFileSchema } from '../core/schemas/objects.js';
import { transcriptFileSchema } from '../core/schemas/transcript.js';
import { scoresFileSchema } from '../core/schemas/scores.js';
import { shotsFileSchema } from '../core/schemas/shots.js';

/**
 * Every JSON format that users read or write, by the name of its schema file. For `.jsonl` files, the schema of one
 * line.
 */
const SCHEMAS: Readonly<Record<string, { readonly file: string; readonly schema: z.ZodType }>> = {
  events: { file: 'events.json', schema: eventsFileSchema },
  segments: { file: 'a line of segments.jsonl', schema: segmentRowSchema },
  shots: { file: 'shots.json', schema: shotsFileSchema },
  audio: { file: 'audio.json', schema: audioFileSchema },
  objects: { file: 'objects.json', schema: objectsFileSchema },
  transcript: { file: 'transcript.json', schema: transcriptFileSchema },
  description: { file: 'description.json', schema: descriptionFileSchema },
  script: { file: 'script.json', schema: scriptFileSchema },
  scores: { file: 'scores.json', schema: scoresFileSchema },
  index: { file: 'a line of index.jsonl', schema: indexRowSchema },
  summary: { file: 'summary.json', schema: summaryFileSchema },
  pack: { file: 'pack.json', schema: manifestSchema },
};

/**
 * Returns the generated documents as pairs of path (relative to the package) and text. `npm run generate` writes them.
 */
export function generatedDocuments(): readonly (readonly [string, string])[] {
  const schemas = Object.entries(SCHEMAS).map(([name, { file, schema }]) => {
    const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
    const text = JSON.stringify({ $schema, title: `earsight: ${file}`, ...rest }, null, 2);
    return [`docs/schemas/${name}.schema.json`, `${text}\n`] as const;
  });
  return [...schemas, ['docs/errors.md', errorsPage()], ['docs/mixers.md', mixersPage()]];
}

function errorsPage(): string {
  const sections = Object.entries(CATALOGUE).map(([code, entry]) => errorSection(code, entry));
  return `# Errors

Every way earsight can refuse or fail, under a code that never changes its meaning. Made from
\`core/error-catalogue.ts\` by \`npm run generate\`.

- **input**: something about what was given; trying again does not help.
- **transient**: try again.
- **resource**: try again after easing: disk, memory, a missing program or device.
- **bug**: ours. Please report it.

${sections.join('\n')}
${warningsChapter()}`;
}

function warningsChapter(): string {
  const sections = Object.entries(WARNING_CATALOGUE).map(
    ([code, { message, kind, advice }]) => `## ${code}\n\n${kind}. "${message}"\n\n${advice}\n`,
  );
  return `# Warnings

A video with warnings is finished, and its results are usable. Made from \`core/warning-catalogue.ts\`.

- **content**: the results differ from what the file seems to promise. These warnings are kept: in \`events.json\`, with their
  times, in the report, and their codes in \`index.jsonl\`.
- **speed**: the work took longer than necessary, and the results are the same. These are only told during the run.

${sections.join('\n')}`;
}

function errorSection(code: string, { message, kind, httpStatus, advice }: ErrorEntry): string {
  return `## ${code}

${kind}, HTTP ${httpStatus}. "${message}"

${advice}
`;
}
