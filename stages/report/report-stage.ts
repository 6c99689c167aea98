import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { defineStage } from '../services.js';
import { compactReport } from './compact-report.js';
import { REPORT_INPUTS, readReportInput } from './report-input.js';
import { renderReport } from './report-page.js';
import { chaptersOf, webVtt } from './webvtt.js';

const paramsSchema = z.strictObject({});

/** Writes `report.html`, one page that opens from disk, and `events.vtt`, chapters for any player. */
export const reportStage = defineStage({
  name: 'report',
  version: 5,
  inputs: REPORT_INPUTS,
  params: paramsSchema,
  resource: 'light',
  scratch: false,
  async run(context) {
    const input = await readReportInput(context.inputs, context.signal);
    context.progress(0.7);
    const { events, labels } = input.file;
    await writeFile(join(context.folder, 'events.vtt'), webVtt(chaptersOf(events, labels)));
    await writeFile(
      join(context.folder, 'report.html'),
      await renderReport(input.file, input.objects.models, compactReport(input)),
    );
    context.progress(1);
  },
});
