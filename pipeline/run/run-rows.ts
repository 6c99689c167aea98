import { createHash } from 'node:crypto';
import type { Job, RunReference } from '../../queues/engine.js';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import type { IndexRow, SummaryFile } from '../../core/schemas/run.js';
import { hashOf } from '../../core/store/canonical-json.js';
import type { FileStamp } from '../../core/store/source-identity.js';
import { host } from '../../core/store/temporary-name.js';
import type { FoundInput } from './find-inputs.js';
import type { RunEvent } from './run-events.js';
import { countBy } from '../../core/count-by.js';
import type { VideoRecord } from '../work/video-record.js';

/** Digits of a content hash that a row is named by: no two of a billion videos share 64 bits by chance. */
const ID_DIGITS = 16;
const JOB_ID_DIGITS = 32;

/** One row an input, filled in whatever order the videos end, told and kept in the order they were found. */
export class RunRows {
  private readonly rows = new Map<FoundInput, IndexRow>();
  private readonly records: VideoRecord[] = [];
  private readonly byJob = new Map<string, FoundInput>();

  constructor(
    readonly inputs: readonly FoundInput[],
    private readonly onEvent: (event: RunEvent) => void,
  ) {}

  /**
   * The same video of the same run gets the same id, so submitting it again while it waits adds nothing.
   * @param stamp of the file where submitters share no folder: two of them may have files of one name.
   */
  jobFor(input: FoundInput, output: string, run: RunReference, stamp: FileStamp | null): Job {
    const file = stamp === null ? {} : { host: host(), path: input.path, stamp };
    const id = hashOf({ output, ...run, ...file }).slice(0, JOB_ID_DIGITS);
    this.byJob.set(id, input);
    return { id, input: input.path, output, run };
  }

  /** Null for a job of another run, of which an engine may tell as well. */
  inputOf(job: Job): FoundInput | null {
    return this.byJob.get(job.id) ?? null;
  }

  /** @param record what the engine's work left; null when something removed it since. */
  published(input: FoundInput, record: VideoRecord | null): void {
    if (record === null) this.failed(input, new EarsightError('EARSIGHT_STORE_CORRUPT', { key: input.shown }));
    else this.keep(input, record, 'done');
  }

  /** Finished by an earlier run: nothing to do. */
  skipped(input: FoundInput, record: VideoRecord): void {
    this.keep(input, record, 'skipped');
  }

  /** A cancelled input gets no row. */
  failed(input: FoundInput, thrown: unknown): void {
    const error = toEarsightError(thrown, input.shown);
    if (error.code === 'EARSIGHT_CANCELLED') return;
    this.settle(input, {
      schema: 1,
      input: input.shown,
      id: createHash('sha256').update(input.path).digest('hex').slice(0, ID_DIGITS),
      status: 'failed',
      // The user knows the file by the name they gave.
      error: { code: error.code, message: error.message.replaceAll(input.path, () => input.shown) },
      durationSec: null,
      outputs: [],
    });
  }

  inOrder(): IndexRow[] {
    return this.inputs.flatMap((input) => this.rows.get(input) ?? []);
  }

  totals(): Pick<SummaryFile, 'counts' | 'mediaSec' | 'device' | 'eventsPerLabel' | 'failuresPerCode'> {
    const rows = this.inOrder();
    const count = (status: IndexRow['status']) => rows.filter((row) => row.status === status).length;
    const eventsPerLabel = new Map<string, number>();
    for (const record of this.records)
      for (const [label, events] of Object.entries(record.eventsPerLabel))
        eventsPerLabel.set(label, (eventsPerLabel.get(label) ?? 0) + events);
    return {
      counts: { done: count('done'), failed: count('failed'), skipped: count('skipped') },
      mediaSec: rows.reduce((sum, row) => sum + (row.durationSec ?? 0), 0),
      device: this.records.find((record) => record.device !== null)?.device ?? null,
      eventsPerLabel: Object.fromEntries(eventsPerLabel),
      failuresPerCode: countBy(rows.flatMap((row) => row.error?.code ?? [])),
    };
  }

  private keep(input: FoundInput, record: VideoRecord, status: 'done' | 'skipped'): void {
    this.records.push(record);
    this.settle(input, {
      schema: 1,
      input: input.shown,
      id: record.sha256.slice(0, ID_DIGITS),
      status,
      error: null,
      durationSec: record.durationSec,
      outputs: record.files.map((file) => file.path),
    });
  }

  private settle(input: FoundInput, row: IndexRow): void {
    this.rows.set(input, row);
    this.onEvent({ type: 'settled', row });
  }
}
