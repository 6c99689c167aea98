import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Artefact, StageContext } from '../../core/stage.js';
import { defineStage, type StageServices } from '../services.js';
import { compactReport } from './compact-report.js';
import {
  REPORT_INPUTS,
  REPORT_INPUTS_WITHOUT_WORDS,
  readReportInput,
  readWords,
  type ReportWords,
} from './report-input.js';
import { renderReport } from './report-page.js';
import { chaptersOf, webVtt } from './webvtt.js';

const paramsSchema = z.strictObject({});

const SHARED = {
  name: 'report',
  version: 7,
  params: paramsSchema,
  resource: 'light',
  scratch: false,
} as const;

/** Writes `report.html`, one page that opens from disk, and `events.vtt`, chapters for any player. */
export const reportStage = defineStage({
  ...SHARED,
  inputs: REPORT_INPUTS,
  run: async (context) => writeReport(context, await readWords(context.inputs)),
});

/** The same for a run without words. */
export const reportWithoutWordsStage = defineStage({
  ...SHARED,
  inputs: REPORT_INPUTS_WITHOUT_WORDS,
  run: (context) => writeReport(context, null),
});

type ReportContext = Pick<StageContext<unknown, StageServices>, 'folder' | 'signal' | 'progress'> & {
  readonly inputs: Readonly<Record<(typeof REPORT_INPUTS_WITHOUT_WORDS)[number], Artefact>>;
};

async function writeReport(context: ReportContext, words: ReportWords | null): Promise<void> {
  const input = await readReportInput(context.inputs, words, context.signal);
  context.progress(0.7);
  const { events, labels } = input.file;
  await writeFile(join(context.folder, 'events.vtt'), webVtt(chaptersOf(events, labels)));
  await writeFile(
    join(context.folder, 'report.html'),
    await renderReport(input.file, input.objects.models, compactReport(input), input.scores),
  );
  context.progress(1);
}
