import { EarsightError } from '../core/errors.js';
import { JobStore } from './job-store.js';
import type { JobChange, JobQuery } from './job-service.js';
import type { JobEvent } from './job-events.js';
import { JobLog } from './job-log.js';
import { isSettled, type JobRecord } from './job-record.js';

/** Keeps all jobs and their events in memory, and writes every change to the job store. */
export class JobRegistry {
  private readonly records = new Map<string, JobRecord>();
  private readonly logs = new Map<string, JobLog>();
  /** The ids, oldest first: an id sorts by the time of its submission. */
  private readonly order: string[] = [];
  private readonly byKey = new Map<string, string>();
  private readonly watchers = new Set<(change: JobChange) => void>();
  private readonly unfinishedOf = new Map<string, number>();

  private constructor(private readonly store: JobStore) {}

  /** @param verifyOwner as of `JobStore.open` */
  static async open(folder: string, verifyOwner?: () => Promise<void>): Promise<JobRegistry> {
    const { store, records } = await JobStore.open(folder, verifyOwner);
    const registry = new JobRegistry(store);
    for (const record of records) {
      registry.insert(record);
      registry.emitLastEvent(record);
    }
    return registry;
  }

  find(id: string): JobRecord | null {
    return this.records.get(id) ?? null;
  }

  /** @throws EarsightError EARSIGHT_JOB_UNKNOWN. */
  get(id: string): JobRecord {
    const record = this.records.get(id);
    if (record === undefined) throw new EarsightError('EARSIGHT_JOB_UNKNOWN', { id });
    return record;
  }

  /** Whether the job exists, even if its stored record cannot be read by this version. */
  has(id: string): boolean {
    return this.records.has(id) || this.store.has(id);
  }

  log(id: string): JobLog {
    const log = this.logs.get(id) ?? new JobLog();
    this.logs.set(id, log);
    return log;
  }

  byIdempotencyKey(owner: string, key: string): JobRecord | null {
    return this.records.get(this.byKey.get(`${owner} ${key}`) ?? '') ?? null;
  }

  unfinished(): JobRecord[] {
    return [...this.records.values()].filter((record) => !isSettled(record.state));
  }

  settled(): JobRecord[] {
    return [...this.records.values()].filter((record) => isSettled(record.state));
  }

  unfinishedCount(owner?: string): number {
    if (owner !== undefined) return this.unfinishedOf.get(owner) ?? 0;
    return [...this.unfinishedOf.values()].reduce((sum, count) => sum + count, 0);
  }

  list({ owner, state, before, limit }: JobQuery): JobRecord[] {
    const found: JobRecord[] = [];
    for (let at = before === null ? this.order.length : this.positionOf(before); at > 0 && found.length < limit; at--) {
      const record = this.records.get(this.order[at - 1] ?? '');
      if (record === undefined || (owner !== null && record.owner !== owner)) continue;
      if (state === null || record.state === state) found.push(record);
    }
    return found;
  }

  /** Adds a new job. Its record is on disk when this resolves. */
  async add(record: JobRecord): Promise<void> {
    this.insert(record);
    this.emit(record.id, { type: 'queued', attempt: record.attempt });
    try {
      await this.store.write(record);
    } catch (error) {
      this.forget(record.id);
      throw error;
    }
  }

  /** Replaces a job's record and emits the event that caused the change. */
  async update(record: JobRecord, event: JobEvent): Promise<void> {
    const before = this.records.get(record.id);
    if (before === undefined) return;
    this.replace(before, record);
    this.emit(record.id, event);
    if (isSettled(record.state)) this.log(record.id).end();
    await this.store.write(record);
  }

  /** Starts another attempt of a settled job. When the record cannot be written, nothing is changed. */
  async retry(record: JobRecord): Promise<void> {
    const before = this.get(record.id);
    this.resetLog(record.id);
    try {
      await this.update(record, { type: 'queued', attempt: record.attempt });
    } catch (error) {
      if (this.records.get(record.id) === record) {
        this.replace(record, before);
        this.resetLog(record.id);
        this.emitLastEvent(before);
      }
      throw error;
    }
  }

  /** Replaces a job's record without an event, for details that clients do not see. */
  async updateQuietly(record: JobRecord): Promise<void> {
    if (!this.records.has(record.id)) return;
    this.records.set(record.id, record);
    await this.store.write(record);
  }

  emit(id: string, event: JobEvent): void {
    if (!this.log(id).append(event)) return;
    this.notify(id, event);
  }

  async remove(id: string): Promise<void> {
    this.notify(id, { type: 'removed' });
    this.forget(id);
    await this.store.remove(id);
  }

  /** Resolves when every change of the job that has been made is on disk. */
  async flushed(id: string): Promise<void> {
    await this.store.flushed(id);
  }

  watch(onChange: (change: JobChange) => void): () => void {
    this.watchers.add(onChange);
    return () => this.watchers.delete(onChange);
  }

  /** Ends all event streams and removes all watchers. */
  close(): void {
    for (const log of this.logs.values()) log.end();
    this.watchers.clear();
  }

  private insert(record: JobRecord): void {
    this.records.set(record.id, record);
    this.order.splice(this.positionOf(record.id), 0, record.id);
    this.count(record, 1);
    if (record.idempotency !== null) this.byKey.set(`${record.owner} ${record.idempotency.key}`, record.id);
  }

  private replace(before: JobRecord, record: JobRecord): void {
    this.count(before, -1);
    this.count(record, 1);
    this.records.set(record.id, record);
  }

  private forget(id: string): void {
    const record = this.records.get(id);
    if (record === undefined) return;
    this.count(record, -1);
    this.records.delete(id);
    this.order.splice(this.positionOf(id), 1);
    this.log(id).end();
    this.logs.delete(id);
    if (record.idempotency !== null) this.byKey.delete(`${record.owner} ${record.idempotency.key}`);
  }

  /** Begins a new event log for another attempt; readers of the old log reach its end. */
  private resetLog(id: string): void {
    this.log(id).end();
    this.logs.set(id, new JobLog());
  }

  /** Emits the event that leads to the job's present state, for a job whose earlier events are not known. */
  private emitLastEvent(record: JobRecord): void {
    this.emit(record.id, lastEvent(record));
    if (isSettled(record.state)) this.log(record.id).end();
  }

  private notify(id: string, event: JobChange['event']): void {
    const job = this.records.get(id);
    if (job !== undefined) for (const watcher of this.watchers) watcher({ job, event });
  }

  private count(record: JobRecord, by: 1 | -1): void {
    if (!isSettled(record.state)) this.unfinishedOf.set(record.owner, this.unfinishedCount(record.owner) + by);
  }

  /** The index of the id in `order`, or the one at which it would be inserted (binary search). */
  private positionOf(id: string): number {
    let low = 0;
    let high = this.order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.order[middle] ?? '') < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function lastEvent({ state, error, attempt }: JobRecord): JobEvent {
  if (state === 'failed') return { type: 'failed', code: error?.code ?? '', message: error?.message ?? '' };
  if (state === 'done' || state === 'cancelled') return { type: state };
  return { type: 'queued', attempt };
}
