import { EarsightError } from '../core/errors.js';
import { JobStore } from './job-store.js';
import type { JobChange, JobQuery } from './job-service.js';
import type { JobEvent } from './job-events.js';
import { JobLog } from './job-log.js';
import { isSettled, type JobRecord } from './job-record.js';

/** All jobs in memory, with their events, over the book that keeps them. */
export class JobRegistry {
  private readonly records = new Map<string, JobRecord>();
  private readonly logs = new Map<string, JobLog>();
  /** Ids, oldest first: an id sorts by the time of its submission. */
  private readonly order: string[] = [];
  private readonly byKey = new Map<string, string>();
  private readonly watchers = new Set<(change: JobChange) => void>();
  private readonly unfinishedOf = new Map<string, number>();

  private constructor(private readonly book: JobStore) {}

  static async open(folder: string): Promise<JobRegistry> {
    const { book, records } = await JobStore.open(folder);
    const shelf = new JobRegistry(book);
    for (const record of records) {
      shelf.insert(record);
      shelf.tellState(record);
    }
    return shelf;
  }

  find(id: string): JobRecord | null {
    return this.records.get(id) ?? null;
  }

  /** @throws EarsightError EARSIGHT_JOB_UNKNOWN. */
  known(id: string): JobRecord {
    const record = this.records.get(id);
    if (record === undefined) throw new EarsightError('EARSIGHT_JOB_UNKNOWN', { id });
    return record;
  }

  /** Whether the book knows of the job, though its record may be one that cannot be read here. */
  isBooked(id: string): boolean {
    return this.records.has(id) || this.book.has(id);
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

  /** A new job; on disk when this resolves. */
  async add(record: JobRecord): Promise<void> {
    this.insert(record);
    this.tell(record.id, { type: 'queued', attempt: record.attempt });
    try {
      await this.book.write(record);
    } catch (error) {
      this.forget(record.id);
      throw error;
    }
  }

  /** The job as it is now, and the event that made it so. */
  async put(record: JobRecord, event: JobEvent): Promise<void> {
    const before = this.records.get(record.id);
    if (before === undefined) return;
    this.replace(before, record);
    this.tell(record.id, event);
    if (isSettled(record.state)) this.log(record.id).end();
    await this.book.write(record);
  }

  /** Another try of a settled job; one that cannot be written changes nothing. */
  async again(record: JobRecord): Promise<void> {
    const before = this.known(record.id);
    this.restart(record.id);
    try {
      await this.put(record, { type: 'queued', attempt: record.attempt });
    } catch (error) {
      if (this.records.get(record.id) === record) {
        this.replace(record, before);
        this.restart(record.id);
        this.tellState(before);
      }
      throw error;
    }
  }

  /** A detail that makes no event. */
  async amend(record: JobRecord): Promise<void> {
    if (!this.records.has(record.id)) return;
    this.records.set(record.id, record);
    await this.book.write(record);
  }

  tell(id: string, event: JobEvent): void {
    if (!this.log(id).append(event)) return;
    this.announce(id, event);
  }

  async remove(id: string): Promise<void> {
    this.announce(id, { type: 'removed' });
    this.forget(id);
    await this.book.remove(id);
  }

  /** Resolves when what was said of the job so far is on disk. */
  async written(id: string): Promise<void> {
    await this.book.settled(id);
  }

  watch(onChange: (change: JobChange) => void): () => void {
    this.watchers.add(onChange);
    return () => this.watchers.delete(onChange);
  }

  /** Lets all readers go. */
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

  /** Another try: its events have a log of their own, and readers of the old one have read its end. */
  private restart(id: string): void {
    this.log(id).end();
    this.logs.set(id, new JobLog());
  }

  /** What its events come to. */
  private tellState(record: JobRecord): void {
    this.tell(record.id, lastEvent(record));
    if (isSettled(record.state)) this.log(record.id).end();
  }

  private announce(id: string, event: JobChange['event']): void {
    const job = this.records.get(id);
    if (job !== undefined) for (const watcher of this.watchers) watcher({ job, event });
  }

  private count(record: JobRecord, by: 1 | -1): void {
    if (!isSettled(record.state)) this.unfinishedOf.set(record.owner, this.unfinishedCount(record.owner) + by);
  }

  /** Where the id stands, or would. */
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
