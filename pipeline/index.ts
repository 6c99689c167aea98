/**
 * The library API of earsight.
 *
 * @example
 * ```ts
 * import { run } from 'earsight';
 *
 * const { rows } = await run({ inputs: ['videos'], out: 'out' });
 * for (const row of rows) console.log(row.status, row.input, row.error?.code ?? '');
 * ```
 */
export { run } from './run/run.js';
export type { RunOptions } from './run/run-options.js';
export type { RunResult } from './run/run-videos.js';
export type { RunEvent } from './run/run-events.js';
export type { IndexRow, SummaryFile } from '../core/schemas/run.js';
export type { EventsFile, Modality, SegmentRow, VideoEvent } from '../core/schemas/events.js';
export type { ShotsFile } from '../core/schemas/shots.js';
export type { AudioFile } from '../core/schemas/audio.js';
export { CATALOGUE, type ErrorCode } from '../core/error-catalogue.js';
export { EarsightError } from '../core/errors.js';
export { VERSION } from '../core/version.js';
