import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { onBatch } from '../../models/runtime/batch-channel.js';
import { onDecode } from '../../stages/extract/decode/decode-events.js';
import type { Queues } from '../bullmq/queues.js';

/** Buckets from a cache hit to a 4K film on two cores. */
const STAGE_BUCKETS_SEC = [0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600];
const FILL_BUCKETS = [0.125, 0.25, 0.5, 0.75, 1];
/** Limit for counting the jobs of the queues; a scrape of Prometheus ends after ten seconds by default. */
const ANSWER_LIMIT_MS = 2_000;
const QUEUE_JOBS = 'earsight_queue_jobs';
const IGNORED_ITEMS = 'earsight_queue_items_ignored';
const QUEUE_STATES = [
  'waiting',
  'prioritized',
  'active',
  'delayed',
  'waiting-children',
  'failed',
  'completed',
] as const;

/**
 * The Prometheus metrics of a process: its stages, frames and batches, the event loop delay and memory (the `nodejs_…` and
 * `process_…` series), and on request the job counts of the queues.
 *
 * @example
 * ```ts
 * const metrics = new Metrics();
 * app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()));
 * ```
 */
export class Metrics {
  private readonly registry = new Registry();
  private readonly stages = new Histogram({
    name: 'earsight_stage_seconds',
    help: 'Seconds a stage of a video took, by how it ended',
    labelNames: ['stage', 'outcome'],
    buckets: STAGE_BUCKETS_SEC,
    registers: [this.registry],
  });
  private readonly unsubscribers: (() => void)[];

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    const frames = new Counter({
      name: 'earsight_frames_decoded_total',
      help: 'Pictures that came out of a decoder',
      registers,
    });
    const items = new Counter({
      name: 'earsight_inference_items_total',
      help: 'Items that went through a network',
      labelNames: ['model'],
      registers,
    });
    const fill = new Histogram({
      name: 'earsight_batch_fill_ratio',
      help: 'Items of a batch over the items it has room for',
      labelNames: ['model'],
      buckets: FILL_BUCKETS,
      registers,
    });
    const light = new Gauge({
      name: 'earsight_speed_of_light_ratio',
      help: 'Time inside the networks over the time of the threads that had work for them',
      registers,
    });
    this.unsubscribers = [
      onDecode((decode) => frames.inc(decode.frames)),
      onBatch(({ model, items: count, room, lightRatio }) => {
        items.inc({ model }, count);
        fill.observe({ model }, count / room);
        light.set(lightRatio);
      }),
    ];
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  async text(): Promise<string> {
    return await this.registry.metrics();
  }

  /** Records a finished step. @param stage the name of the step; the parts of a long video count as one stage */
  observeStage(stage: string, outcome: 'done' | 'failed' | 'cancelled', seconds: number): void {
    this.stages.observe({ stage: stage.replace(/-\d+$/, ''), outcome }, seconds);
  }

  /**
   * Adds the job counts of the queues, which are read at each scrape. When Redis cannot be reached, only this series is
   * missing, which an alert can detect; the other metrics are still served.
   */
  watchQueues({ videos, media, inference, light }: Queues): void {
    const query = async (): Promise<[queue: string, counts: Record<string, number> | null][]> =>
      await Promise.all(
        [videos, media, inference, light].map(async (queue) => [
          queue.name,
          await queue.getJobCounts(...QUEUE_STATES).catch(() => null),
        ]),
      );
    // A worker's connection waits for Redis without limit, so at most one query is pending.
    let pending: ReturnType<typeof query> | null = null;
    new Gauge({
      name: QUEUE_JOBS,
      help: 'Jobs of a queue by state',
      labelNames: ['queue', 'state'],
      registers: [this.registry],
      async collect() {
        pending ??= query().finally(() => (pending = null));
        const answers = await Promise.race([pending, sleep(ANSWER_LIMIT_MS, [], { ref: false })]);
        this.reset();
        for (const [queue, counts] of answers)
          if (counts !== null) for (const state of QUEUE_STATES) this.set({ queue, state }, counts[state] ?? 0);
      },
    });
    this.unsubscribers.push(() => this.registry.removeSingleMetric(QUEUE_JOBS));
  }

  /** Adds the count of queue items that were none of ours and were ignored. */
  watchIgnoredItems(read: () => number): void {
    new Gauge({
      name: IGNORED_ITEMS,
      help: 'Items of the queues that were not written by earsight and were ignored',
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
    this.unsubscribers.push(() => this.registry.removeSingleMetric(IGNORED_ITEMS));
  }

  close(): void {
    for (const unsubscribe of this.unsubscribers.splice(0)) unsubscribe();
    this.registry.clear();
  }
}
