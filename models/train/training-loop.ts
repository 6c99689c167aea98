import { EarsightError } from '../../core/errors.js';
import { scheduleValues, learningRateAt } from './adamw.js';
import { writeCheckpoint, type Best, type Checkpoint, type Evaluation } from './checkpoint.js';
import type { Batch, TrainingData } from './data.js';
import type { ModelCard } from './model-card.js';
import type { EarlyStopping, Settings, TrainOptions } from './options.js';
import { Random } from './random.js';
import type { State } from './step-models.js';
import type { StepThread } from './step-thread.js';
import { ROWS_INPUT } from './training-graph.js';

/** The inputs of `runSteps`. */
export interface StepsRun {
  readonly data: TrainingData;
  readonly options: TrainOptions;
  readonly settings: Settings;
  readonly thread: StepThread;
  /** Path of the checkpoint; undefined when none is written. */
  readonly path: string | undefined;
  readonly identity: Pick<Checkpoint, 'fingerprint' | 'seed' | 'dataHash'>;
}

export interface StepsEnd {
  readonly step: number;
  readonly stopped: ModelCard['stopped'];
  readonly state: State;
  readonly best: Best | undefined;
  readonly history: readonly Evaluation[];
  readonly loss: number;
}

/** Takes the remaining steps: evaluates, keeps the best parameters, stops early, and writes checkpoints. */
export async function runSteps(run: StepsRun, from: Checkpoint | undefined): Promise<StepsEnd> {
  const { data, options, settings, thread } = run;
  const validation = data.validation?.() ?? [];
  const history = [...(from?.history ?? [])];
  const { earlyStopping } = options;
  // The best result of an earlier run counts only if this run stops early by the same metric.
  const continues = from?.best === undefined ? earlyStopping !== undefined : isBestOf(from.best, earlyStopping);
  let [best, stale, loss] = [continues ? from?.best : undefined, continues ? (from?.stale ?? 0) : 0, NaN];
  const save = async (step: number): Promise<State> => {
    const state = await thread.read();
    if (run.path !== undefined) await writeCheckpoint(run.path, { ...run.identity, step, state, stale, best, history });
    return state;
  };
  const end = async (step: number, stopped: StepsEnd['stopped']): Promise<StepsEnd> => {
    const state = await save(step);
    return { step, stopped, state, best, history, loss };
  };
  const draw = async (step: number): Promise<Batch> => {
    if (data.resident === undefined) return data.batch(step, new Random(settings.seed, step));
    const rows = data.resident.rows(step);
    return { [ROWS_INPUT]: { data: rows, dims: [rows.length] } };
  };
  const first = from?.step ?? 0;
  let batch = first < settings.steps ? await draw(first) : {};
  for (let step = first; step < settings.steps; step++) {
    if (earlyStopping !== undefined && stale >= earlyStopping.patience) return end(step, 'early');
    if (options.signal?.aborted) {
      await save(step);
      throw new EarsightError('EARSIGHT_CANCELLED');
    }
    const before = performance.now();
    const learningRate = learningRateAt(step, settings);
    // Draws the next batch while the thread computes.
    const [scalars, following] = await Promise.all([
      thread.step(batch, scheduleValues(step, learningRate, settings)),
      Promise.resolve(step + 1).then((next) => (next < settings.steps ? draw(next) : {})),
    ]);
    batch = following;
    loss = scalars['loss'] ?? NaN;
    const gradientNorm = scalars['gradientNorm'] ?? NaN;
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      await save(step);
      throw new EarsightError('EARSIGHT_TRAIN_DIVERGED', {
        step: step + 1,
        loss: String(loss),
        norm: String(gradientNorm),
      });
    }
    const taken = step + 1;
    options.onProgress?.({
      step: taken,
      steps: settings.steps,
      loss,
      gradientNorm,
      learningRate,
      stepMs: performance.now() - before,
    });
    if (validation.length > 0 && (taken % settings.evaluateEvery === 0 || taken === settings.steps)) {
      const metrics = await evaluate(thread, validation);
      history.push({ step: taken, metrics });
      if (earlyStopping !== undefined) {
        const { metric, better } = earlyStopping;
        const value = metrics[metric] ?? NaN;
        if (isBetter(value, best, better === 'higher')) {
          best = { step: taken, metric, better, value, state: await thread.read() };
          stale = 0;
        } else stale++;
      }
    }
    if (taken % settings.checkpointEvery === 0 && taken < settings.steps && run.path !== undefined) await save(taken);
  }
  return end(Math.max(settings.steps, first), 'finished');
}

function isBestOf(best: Best, wanted: EarlyStopping | undefined): boolean {
  return best.metric === wanted?.metric && best.better === wanted.better;
}

/** NaN is never better, not even as the first value, because nothing could be better than it afterwards. */
function isBetter(value: number, best: Best | undefined, higher: boolean): boolean {
  if (!Number.isFinite(value)) return false;
  return best === undefined || (higher ? value > best.value : value < best.value);
}

/** The mean of each metric over the batches. */
export async function evaluate(
  thread: StepThread,
  batches: readonly Batch[],
): Promise<Readonly<Record<string, number>>> {
  const sums: Record<string, number> = {};
  for (const batch of batches)
    for (const [name, value] of Object.entries(await thread.evaluate(batch)))
      sums[name] = (sums[name] ?? 0) + value / batches.length;
  return sums;
}
