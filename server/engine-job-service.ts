import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EarsightError, toEarsightError } from '../core/errors.js';
import type { ToldWarning } from '../core/schemas/warning.js';
import { toldWarning, type Warning } from '../core/warnings.js';
import type { EngineEvent } from '../queues/engine.js';
import type { JobChange, JobService, JobQuery, Submission } from './job-service.js';
import type { JobEvent, NumberedEvent } from './job-events.js';
import { isSettled, type JobRecord } from './job-record.js';
import type { Published } from './job-cleanup.js';
import type { JobRegistry } from './job-registry.js';
import { asServerError } from './server-error.js';
import { engineId, JobDispatcher, type JobDispatcherOptions } from './job-dispatcher.js';
import { withTimeout } from './with-timeout.js';

/** Stages must stop within two seconds of an abort. `cancel` does not wait longer than this for one that does not. */
const CANCEL_LIMIT_MS = 5_000;

const NOTHING: Published = { durationSec: null, files: [] };

/** The file operations that the job service needs. */
export interface JobFiles {
  /** Downloads or copies a job's input file. @param progress receives 0 to 1, or null when the length is not known */
  fetch(record: JobRecord, signal: AbortSignal, progress: (fraction: number | null) => void): Promise<void>;
  /** Lists the published results of a finished job. */
  published(record: JobRecord): Promise<Published>;
  dropInput(record: JobRecord): Promise<void>;
  /** Deletes a job's results, and the intermediate artefacts that no unfinished job needs. */
  dropResults(record: JobRecord, unfinished: readonly JobRecord[]): Promise<void>;
}

export interface EngineJobServiceOptions extends JobDispatcherOptions {
  readonly registry: JobRegistry;
  readonly files: JobFiles;
  /** The server's data folder, whose path is removed from messages. */
  readonly root: string;
  /** How many jobs may wait or run at once. */
  readonly maxUnfinished: number;
  /** True when the engine's jobs continue without this process, as in a fleet. */
  readonly isDurable: boolean;
  readonly onSettled?: (record: JobRecord) => void;
  /** Called with an error that an event of the engine caused. The event is skipped, and the service goes on. */
  readonly onTrouble?: (error: unknown) => void;
}

interface ActiveJob {
  readonly cancellation: AbortController;
  readonly ended: Promise<void>;
}

/**
 * Runs jobs on any engine: stages a job's input, gives the job to the engine when it has room, and turns the engine's
 * events into the job's state, events and stored record.
 */
export class EngineJobService implements JobService {
  private readonly active = new Map<string, ActiveJob>();
  private readonly dispatcher: JobDispatcher;
  private readonly closing = new AbortController();
  private readonly listening: Promise<void>;
  /** Jobs that are settled in memory but whose record could not be written. */
  private readonly unsaved = new Set<string>();

  constructor(private readonly options: EngineJobServiceOptions) {
    this.dispatcher = new JobDispatcher(options, this.closing.signal);
    this.listening = this.listen();
    for (const record of options.registry.unfinished()) this.start(record);
  }

  admit(owner: string, quota: number): void {
    const { registry, maxUnfinished } = this.options;
    if (this.closing.signal.aborted)
      throw new EarsightError('EARSIGHT_QUEUE_FULL', { reason: 'the server is stopping' });
    if (registry.unfinishedCount() >= maxUnfinished)
      throw new EarsightError('EARSIGHT_QUEUE_FULL', { reason: `${maxUnfinished} jobs are unfinished` });
    if (registry.unfinishedCount(owner) >= quota) throw new EarsightError('EARSIGHT_QUOTA', { quota });
  }

  async submit(submission: Submission): Promise<{ job: JobRecord; repeated: boolean }> {
    const { registry } = this.options;
    const { quota, webhook, ...given } = submission;
    const earlier = given.idempotency === null ? null : registry.byIdempotencyKey(given.owner, given.idempotency.key);
    if (earlier !== null) {
      if (earlier.idempotency?.fingerprint !== given.idempotency?.fingerprint)
        throw new EarsightError('EARSIGHT_IDEMPOTENCY');
      // The earlier job must be on disk before the caller is told that it exists.
      await registry.flushed(earlier.id);
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
    await registry.add(record).catch((error: unknown) => {
      throw asServerError(error, given.name);
    });
    return { job: this.startUnlessSettled(record), repeated: false };
  }

  find(id: string): JobRecord | null {
    return this.options.registry.find(id);
  }

  list(query: JobQuery): readonly JobRecord[] {
    return this.options.registry.list(query);
  }

  eventsSoFar(id: string): Iterable<JobEvent> {
    return this.options.registry.log(id).eventsSoFar();
  }

  events(id: string, lastId: string | null, signal: AbortSignal): AsyncIterable<NumberedEvent> {
    return this.options.registry.log(id).follow(lastId, signal);
  }

  watch(onChange: (change: JobChange) => void): () => void {
    return this.options.registry.watch(onChange);
  }

  async settled(id: string, waitMs: number, signal: AbortSignal): Promise<JobRecord> {
    const { registry } = this.options;
    if (waitMs > 0 && !isSettled(registry.get(id).state))
      await withTimeout({ ms: waitMs }, signal, async (limited) => await registry.log(id).ended(limited));
    return registry.get(id);
  }

  async cancel(id: string): Promise<JobRecord> {
    const { registry, engine } = this.options;
    const record = registry.get(id);
    if (isSettled(record.state)) return record;
    const activeJob = this.active.get(id);
    if (activeJob === undefined) {
      // Its first record is still being written: `startUnlessSettled` will find it settled.
      await this.settle(id, new EarsightError('EARSIGHT_CANCELLED'), NOTHING);
      return registry.get(id);
    }
    activeJob.cancellation.abort(new EarsightError('EARSIGHT_CANCELLED'));
    engine.cancel(engineId(record));
    await Promise.race([activeJob.ended, sleep(CANCEL_LIMIT_MS, undefined, { ref: false })]);
    return registry.get(id);
  }

  async retry(id: string, quota: number): Promise<JobRecord> {
    const record = this.options.registry.get(id);
    if (record.state !== 'failed' && record.state !== 'cancelled')
      throw new EarsightError('EARSIGHT_JOB_STATE', { id, state: record.state });
    this.admit(record.owner, quota);
    const next: JobRecord = {
      ...record,
      attempt: record.attempt + 1,
      webhook: record.webhook === null ? null : { ...record.webhook, delivery: 'pending' },
      state: 'queued',
      error: null,
      startedAt: null,
      finishedAt: null,
    };
    await this.options.registry.retry(next).catch((error: unknown) => {
      throw asServerError(error, record.name);
    });
    return this.startUnlessSettled(next);
  }

  async remove(id: string): Promise<void> {
    const { registry, files } = this.options;
    const record = registry.get(id);
    if (!isSettled(record.state)) throw new EarsightError('EARSIGHT_JOB_STATE', { id, state: record.state });
    await registry.remove(id);
    await files.dropInput(record);
    await files.dropResults(record, registry.unfinished());
  }

  async checkHealth(): Promise<string | null> {
    return this.dispatcher.refusal ?? (await this.saveUnsaved()) ?? (await this.options.engine.checkHealth());
  }

  async close(): Promise<void> {
    this.closing.abort(new EarsightError('EARSIGHT_CANCELLED'));
    for (const { cancellation } of this.active.values()) cancellation.abort(this.closing.signal.reason);
    if (!this.options.isDurable) this.options.engine.cancel();
    await this.options.engine.close();
    await this.listening;
    this.dispatcher.close();
    await Promise.all([...this.active.values()].map(({ ended }) => ended));
    this.options.registry.close();
  }

  /** Starts a job whose record has been written, unless it was cancelled meanwhile. */
  private startUnlessSettled(record: JobRecord): JobRecord {
    const now = this.options.registry.find(record.id);
    if (now !== null && !isSettled(now.state)) this.start(record);
    return now ?? record;
  }

  private start(record: JobRecord): void {
    const cancellation = new AbortController();
    const ended = this.runToEnd(record, cancellation.signal).finally(() => this.active.delete(record.id));
    this.active.set(record.id, { cancellation, ended });
  }

  /** Runs a job until it is settled. A job that is interrupted because the server closes continues at the next start. */
  private async runToEnd(record: JobRecord, signal: AbortSignal): Promise<void> {
    const { files } = this.options;
    let error: unknown;
    let published = NOTHING;
    try {
      if (!record.staged) await this.stageInput(record, signal);
      await this.dispatcher.dispatch(record, signal);
      published = await files.published(record);
    } catch (thrown) {
      if (this.closing.signal.aborted) return;
      error = thrown ?? new EarsightError('EARSIGHT_CANCELLED');
    }
    // If the record can never be written, the job runs again at the next start, where finished steps are skipped.
    await this.settle(record.id, error, published).catch(() => this.unsaved.add(record.id));
  }

  private async stageInput(record: JobRecord, signal: AbortSignal): Promise<void> {
    const { registry, files } = this.options;
    registry.emit(record.id, { type: 'fetching', fraction: 0 });
    await files.fetch(record, signal, (fraction) => registry.emit(record.id, { type: 'fetching', fraction }));
    await registry.updateQuietly({ ...registry.get(record.id), staged: true });
  }

  private async settle(id: string, error: unknown, published: Published): Promise<void> {
    const { registry } = this.options;
    const record = registry.find(id);
    if (record === null) return;
    const finishedAt = new Date().toISOString();
    const failure = error === undefined ? null : toEarsightError(error, record.name);
    if (failure === null) {
      await registry.update({ ...record, ...published, state: 'done', error: null, finishedAt }, { type: 'done' });
    } else if (failure.code === 'EARSIGHT_CANCELLED') {
      await registry.update({ ...record, state: 'cancelled', finishedAt }, { type: 'cancelled' });
    } else {
      const publicError = { code: failure.code, message: this.redact(failure.message, record) };
      await registry.update(
        { ...record, state: 'failed', error: publicError, finishedAt },
        { type: 'failed', ...publicError },
      );
    }
    await this.afterSettled(id);
  }

  /** Cleans up after a job whose final record is on disk. The job may have been purged while the record was written. */
  private async afterSettled(id: string): Promise<void> {
    const { registry, files, onSettled } = this.options;
    const now = registry.find(id);
    if (now?.state === 'done') await files.dropInput(now);
    if (now !== null && isSettled(now.state)) onSettled?.(now);
  }

  /** Writes the records that could not be written before. @returns why this still fails; null when nothing is left */
  private async saveUnsaved(): Promise<string | null> {
    const { registry } = this.options;
    for (const id of this.unsaved) {
      const record = registry.find(id);
      try {
        if (record !== null) await registry.updateQuietly(record);
      } catch {
        return 'the book of jobs cannot be written';
      }
      // A concurrent health check may have written it first.
      if (this.unsaved.delete(id)) await this.afterSettled(id);
    }
    return null;
  }

  /** Handles the engine's events. No event ends the listener: what cannot be handled is reported and skipped. */
  private async listen(): Promise<void> {
    for await (const event of this.options.engine.events()) {
      try {
        await this.handle(event);
      } catch (error) {
        this.options.onTrouble?.(error);
      }
    }
  }

  private told(warning: Warning, record: JobRecord): ToldWarning {
    const told = toldWarning(warning);
    return { ...told, message: this.redact(told.message, record) };
  }

  private async handle(event: EngineEvent): Promise<void> {
    const { registry } = this.options;
    const record = recordOf(event.job.id, registry);
    if (record === null) return;
    switch (event.type) {
      case 'started':
        await registry.update(
          { ...record, state: 'running', startedAt: record.startedAt ?? new Date().toISOString() },
          { type: 'started', stages: [...event.steps] },
        );
        break;
      case 'progress':
        registry.emit(record.id, { type: 'progress', stage: event.step, fraction: clamp(event.fraction) });
        break;
      case 'step-done':
        registry.emit(record.id, { type: 'stage-done', stage: event.step, wallMs: Math.round(event.wallMs) });
        break;
      case 'warning':
        registry.emit(record.id, { type: 'warning', stage: event.step, ...this.told(event.warning, record) });
        break;
      case 'done':
        this.dispatcher.jobEnded(event.job.id, undefined);
        break;
      case 'failed':
        this.dispatcher.jobEnded(event.job.id, event.error ?? new EarsightError('EARSIGHT_CANCELLED'));
        break;
    }
  }

  /** Replaces paths of the server in a message by the name that the submitter knows. */
  private redact(message: string, { input, name }: JobRecord): string {
    return message.replaceAll(input, () => name).replaceAll(join(this.options.root, '/'), '');
  }
}

/** The unfinished job of an engine's job id; null when that id belongs to an earlier attempt. */
function recordOf(id: string, registry: JobRegistry): JobRecord | null {
  const record = registry.find(id.split('-')[0] ?? '');
  return record !== null && engineId(record) === id && !isSettled(record.state) ? record : null;
}

function clamp(fraction: number): number {
  return Math.min(1, Math.max(0, fraction));
}
