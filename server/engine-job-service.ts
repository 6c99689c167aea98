import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EarsightError, toEarsightError } from '../core/errors.js';
import type { JobChange, JobService, JobQuery, Submission } from './job-service.js';
import type { JobEvent, NumberedEvent } from './job-events.js';
import { isSettled, type JobRecord } from './job-record.js';
import type { Published } from './job-cleanup.js';
import type { JobRegistry } from './job-registry.js';
import { engineId, Placement, type PlacementOptions } from './job-dispatcher.js';
import { withinTime } from './with-timeout.js';

/** A stage has two seconds to stop; one that takes longer does not keep the caller. */
const CANCEL_LIMIT_MS = 5_000;

const NOTHING: Published = { durationSec: null, files: [] };

/** What the desk needs to know of files. */
export interface JobFiles {
  /** Completes a job's input, which is a file to be fetched. */
  fetch(record: JobRecord, signal: AbortSignal, progress: (fraction: number | null) => void): Promise<void>;
  /** What a finished job left. */
  published(record: JobRecord): Promise<Published>;
  dropInput(record: JobRecord): Promise<void>;
  /** Deletes its results, and what was made on the way to them and no job under way needs. */
  dropResults(record: JobRecord, underway: readonly JobRecord[]): Promise<void>;
}

export interface EngineJobServiceOptions extends PlacementOptions {
  readonly shelf: JobRegistry;
  readonly files: JobFiles;
  /** The server's folder, whose place is nobody's business. */
  readonly root: string;
  /** Jobs that may wait or run at once. */
  readonly maxUnfinished: number;
  /** True where the engine's work lives on without this process. */
  readonly outlives: boolean;
  readonly onSettled?: (record: JobRecord) => void;
}

interface Underway {
  readonly cancellation: AbortController;
  readonly ended: Promise<void>;
}

/**
 * A desk over any engine: a job's input is completed, it is handed over when the engine has room, and what the engine
 * says of it becomes its state, its events and its file in the book.
 */
export class EngineJobService implements JobService {
  private readonly underway = new Map<string, Underway>();
  private readonly placement: Placement;
  private readonly closing = new AbortController();
  private readonly listening: Promise<void>;
  /** Jobs whose end could not be written. */
  private readonly unwritten = new Set<string>();

  constructor(private readonly options: EngineJobServiceOptions) {
    this.placement = new Placement(options, this.closing.signal);
    this.listening = this.listen();
    for (const record of options.shelf.unfinished()) this.start(record);
  }

  admit(owner: string, quota: number): void {
    const { shelf, maxUnfinished } = this.options;
    if (this.closing.signal.aborted)
      throw new EarsightError('EARSIGHT_QUEUE_FULL', { reason: 'the server is stopping' });
    if (shelf.unfinishedCount() >= maxUnfinished)
      throw new EarsightError('EARSIGHT_QUEUE_FULL', { reason: `${maxUnfinished} jobs are unfinished` });
    if (shelf.unfinishedCount(owner) >= quota) throw new EarsightError('EARSIGHT_QUOTA', { quota });
  }

  async submit(submission: Submission): Promise<{ job: JobRecord; repeated: boolean }> {
    const { shelf } = this.options;
    const { quota, webhook, ...given } = submission;
    const earlier = given.idempotency === null ? null : shelf.byIdempotencyKey(given.owner, given.idempotency.key);
    if (earlier !== null) {
      if (earlier.idempotency?.fingerprint !== given.idempotency?.fingerprint)
        throw new EarsightError('EARSIGHT_IDEMPOTENCY');
      // An answer before the first one is on disk would promise too much.
      await shelf.written(earlier.id);
      return { job: earlier, repeated: true };
    }
    this.admit(given.owner, quota);
    const record: JobRecord = {
      schema: 1,
      ...given,
      state: 'queued',
      error: null,
      attempt: 1,
      createdAt: new Date().toISOString(),
      startedAt: null,
      finishedAt: null,
      durationSec: null,
      files: [],
      webhook: webhook === null ? null : { url: webhook, delivery: 'pending' },
    };
    await shelf.add(record).catch((error: unknown) => {
      throw toEarsightError(error, given.name);
    });
    return { job: this.begin(record), repeated: false };
  }

  find(id: string): JobRecord | null {
    return this.options.shelf.find(id);
  }

  list(query: JobQuery): readonly JobRecord[] {
    return this.options.shelf.list(query);
  }

  past(id: string): Iterable<JobEvent> {
    return this.options.shelf.log(id).past();
  }

  events(id: string, lastId: string | null, signal: AbortSignal): AsyncIterable<NumberedEvent> {
    return this.options.shelf.log(id).follow(lastId, signal);
  }

  watch(onChange: (change: JobChange) => void): () => void {
    return this.options.shelf.watch(onChange);
  }

  async settled(id: string, waitMs: number, signal: AbortSignal): Promise<JobRecord> {
    const { shelf } = this.options;
    if (waitMs > 0 && !isSettled(shelf.known(id).state))
      await withinTime({ ms: waitMs }, signal, async (over) => await shelf.log(id).ended(over));
    return shelf.known(id);
  }

  async cancel(id: string): Promise<JobRecord> {
    const { shelf, engine } = this.options;
    const record = shelf.known(id);
    if (isSettled(record.state)) return record;
    const underway = this.underway.get(id);
    if (underway === undefined) {
      // Its first line is being written: `begin` will find it settled.
      await this.settle(id, new EarsightError('EARSIGHT_CANCELLED'), NOTHING);
      return shelf.known(id);
    }
    underway.cancellation.abort(new EarsightError('EARSIGHT_CANCELLED'));
    engine.cancel(engineId(record));
    await Promise.race([underway.ended, sleep(CANCEL_LIMIT_MS, undefined, { ref: false })]);
    return shelf.known(id);
  }

  async retry(id: string): Promise<JobRecord> {
    const record = this.options.shelf.known(id);
    if (record.state !== 'failed' && record.state !== 'cancelled')
      throw new EarsightError('EARSIGHT_JOB_STATE', { id, state: record.state });
    this.admit(record.owner, Infinity);
    const next: JobRecord = {
      ...record,
      attempt: record.attempt + 1,
      webhook: record.webhook === null ? null : { ...record.webhook, delivery: 'pending' },
      state: 'queued',
      error: null,
      startedAt: null,
      finishedAt: null,
    };
    await this.options.shelf.again(next).catch((error: unknown) => {
      throw toEarsightError(error, record.name);
    });
    return this.begin(next);
  }

  async remove(id: string): Promise<void> {
    const { shelf, files } = this.options;
    const record = shelf.known(id);
    if (!isSettled(record.state)) throw new EarsightError('EARSIGHT_JOB_STATE', { id, state: record.state });
    await shelf.remove(id);
    await files.dropInput(record);
    await files.dropResults(record, shelf.unfinished());
  }

  async trouble(): Promise<string | null> {
    return this.placement.refused ?? (await this.writeEnds()) ?? (await this.options.engine.trouble());
  }

  async close(): Promise<void> {
    this.closing.abort(new EarsightError('EARSIGHT_CANCELLED'));
    for (const { cancellation } of this.underway.values()) cancellation.abort(this.closing.signal.reason);
    if (!this.options.outlives) this.options.engine.cancel();
    await this.options.engine.close();
    await this.listening;
    this.placement.close();
    await Promise.all([...this.underway.values()].map(({ ended }) => ended));
    this.options.shelf.close();
  }

  /** Starts a job that is on disk now, unless it was cancelled meanwhile. */
  private begin(record: JobRecord): JobRecord {
    const now = this.options.shelf.find(record.id);
    if (now !== null && !isSettled(now.state)) this.start(record);
    return now ?? record;
  }

  private start(record: JobRecord): void {
    const cancellation = new AbortController();
    const ended = this.carry(record, cancellation.signal).finally(() => this.underway.delete(record.id));
    this.underway.set(record.id, { cancellation, ended });
  }

  /** Takes a job from its submission to its end. What the closing of the server stops goes on at the next start. */
  private async carry(record: JobRecord, signal: AbortSignal): Promise<void> {
    const { files } = this.options;
    let error: unknown;
    let published = NOTHING;
    try {
      if (!record.staged) await this.complete(record, signal);
      await this.placement.handOver(record, signal);
      published = await files.published(record);
    } catch (thrown) {
      if (this.closing.signal.aborted) return;
      error = thrown ?? new EarsightError('EARSIGHT_CANCELLED');
    }
    // If the disk takes no record until then, the job goes on at the next start, where finished work costs nothing.
    await this.settle(record.id, error, published).catch(() => this.unwritten.add(record.id));
  }

  private async complete(record: JobRecord, signal: AbortSignal): Promise<void> {
    const { shelf, files } = this.options;
    shelf.tell(record.id, { type: 'fetching', fraction: 0 });
    await files.fetch(record, signal, (fraction) => shelf.tell(record.id, { type: 'fetching', fraction }));
    await shelf.amend({ ...shelf.known(record.id), staged: true });
  }

  private async settle(id: string, error: unknown, published: Published): Promise<void> {
    const { shelf } = this.options;
    const record = shelf.find(id);
    if (record === null) return;
    const finishedAt = new Date().toISOString();
    const failure = error === undefined ? null : toEarsightError(error, record.name);
    if (failure === null) {
      await shelf.put({ ...record, ...published, state: 'done', error: null, finishedAt }, { type: 'done' });
    } else if (failure.code === 'EARSIGHT_CANCELLED') {
      await shelf.put({ ...record, state: 'cancelled', finishedAt }, { type: 'cancelled' });
    } else {
      const told = { code: failure.code, message: this.shown(failure.message, record) };
      await shelf.put({ ...record, state: 'failed', error: told, finishedAt }, { type: 'failed', ...told });
    }
    await this.conclude(id);
  }

  /** Its end is on disk. It may be purged by now: whoever waited for it knows of its end before the disk does. */
  private async conclude(id: string): Promise<void> {
    const { shelf, files, onSettled } = this.options;
    const now = shelf.find(id);
    if (now?.state === 'done') await files.dropInput(now);
    if (now !== null && isSettled(now.state)) onSettled?.(now);
  }

  /** Tries again what the disk did not take, whenever somebody asks how things are. @returns why it still does not. */
  private async writeEnds(): Promise<string | null> {
    const { shelf } = this.options;
    for (const id of this.unwritten) {
      const record = shelf.find(id);
      try {
        if (record !== null) await shelf.amend(record);
      } catch {
        return 'the book of jobs cannot be written';
      }
      // Whoever else asked at this moment may have been first.
      if (this.unwritten.delete(id)) await this.conclude(id);
    }
    return null;
  }

  private async listen(): Promise<void> {
    const { engine, shelf } = this.options;
    for await (const event of engine.events()) {
      const record = recordOf(event.job.id, shelf);
      if (record === null) continue;
      switch (event.type) {
        case 'started':
          await shelf
            .put(
              { ...record, state: 'running', startedAt: record.startedAt ?? new Date().toISOString() },
              { type: 'started', stages: [...event.steps] },
            )
            .catch(() => undefined);
          break;
        case 'progress':
          shelf.tell(record.id, { type: 'progress', stage: event.step, fraction: clamp(event.fraction) });
          break;
        case 'step-done':
          shelf.tell(record.id, { type: 'stage-done', stage: event.step, wallMs: Math.round(event.wallMs) });
          break;
        case 'warning':
          shelf.tell(record.id, { type: 'warning', stage: event.step, message: this.shown(event.message, record) });
          break;
        case 'done':
          this.placement.ended(event.job.id, undefined);
          break;
        case 'failed':
          this.placement.ended(event.job.id, event.error ?? new EarsightError('EARSIGHT_CANCELLED'));
          break;
      }
    }
  }

  /** Its submitter knows the file by the name they gave. */
  private shown(message: string, { input, name }: JobRecord): string {
    return message.replaceAll(input, () => name).replaceAll(join(this.options.root, '/'), '');
  }
}

function recordOf(id: string, shelf: JobRegistry): JobRecord | null {
  const record = shelf.find(id.split('-')[0] ?? '');
  return record !== null && engineId(record) === id && !isSettled(record.state) ? record : null;
}

function clamp(fraction: number): number {
  return Math.min(1, Math.max(0, fraction));
}
