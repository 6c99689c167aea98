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

/** Hexadecimal digits of the content hash in a row's id: 64 bits, which no two of a billion videos share by chance. */
const ID_DIGITS = 16;
const JOB_ID_DIGITS = 32;

/**
 * One row per input. The rows are added as the videos finish, and returned in the order in which the inputs were found.
 */
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
   * @param stamp identifies the file where submitters share no folder, because two machines may have different files at
   * the same path; null otherwise.
   */
  createJob(input: FoundInput, output: string, run: RunReference, stamp: FileStamp | null): Job {
    const file = stamp === null ? {} : { host: host(), path: input.path, stamp };
    const id = hashOf({ output, ...run, ...file }).slice(0, JOB_ID_DIGITS);
    this.byJob.set(id, input);
    return { id, input: input.path, output, run };
  }

  /** Null for a job of another run: an engine reports events of those as well. */
  inputOf(job: Job): FoundInput | null {
    return this.byJob.get(job.id) ?? null;
  }

  /** @param record the record that the work wrote; null when it was removed since. */
  addDone(input: FoundInput, record: VideoRecord | null): void {
    if (record === null) this.addFailed(input, new EarsightError('EARSIGHT_STORE_CORRUPT', { key: input.displayName }));
    else this.addRecord(input, record, 'done');
  }

  /** For an input that an earlier run finished. */
  addSkipped(input: FoundInput, record: VideoRecord): void {
    this.addRecord(input, record, 'skipped');
  }

  /** A cancelled input gets no row. */
  addFailed(input: FoundInput, thrown: unknown): void {
    const error = toEarsightError(thrown, input.displayName);
    if (error.code === 'EARSIGHT_CANCELLED') return;
    this.settle(input, {
      schema: 1,
      input: input.displayName,
      id: createHash('sha256').update(input.path).digest('hex').slice(0, ID_DIGITS),
      status: 'failed',
      // The message names the file as the user named it.
      error: { code: error.code, message: error.message.replaceAll(input.path, () => input.displayName) },
      durationSec: null,
      warnings: { count: 0, codes: [] },
      outputs: [],
    });
  }

  inOrder(): IndexRow[] {
    return this.inputs.flatMap((input) => this.rows.get(input) ?? []);
  }

  totals(): Pick<
    SummaryFile,
    'counts' | 'mediaSec' | 'device' | 'eventsPerLabel' | 'failuresPerCode' | 'warningsPerCode'
  > {
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
      warningsPerCode: countBy(rows.flatMap((row) => row.warnings.codes)),
    };
  }

  private addRecord(input: FoundInput, record: VideoRecord, status: 'done' | 'skipped'): void {
    this.records.push(record);
    this.settle(input, {
      schema: 1,
      input: input.displayName,
      id: record.sha256.slice(0, ID_DIGITS),
      status,
      error: null,
      durationSec: record.durationSec,
      warnings: {
        count: Object.values(record.warningsPerCode).reduce((sum, count) => sum + count, 0),
        codes: Object.keys(record.warningsPerCode),
      },
      outputs: record.files.map((file) => file.path),
    });
  }

  private settle(input: FoundInput, row: IndexRow): void {
    this.rows.set(input, row);
    this.onEvent({ type: 'settled', row });
  }
}
