import { EarsightError } from '../../pipeline/errors.js';
import { scheduleValues } from './adamw.js';
import type { Evaluation } from './checkpoint.js';
import type { TrainingData } from './data.js';
import type { TrainableNetwork } from './network.js';
import { settingsOf } from './options.js';
import type { Settings, TrainOptions } from './options.js';
import { difference, meanOf, OUTER_DEFAULTS, OuterStep } from './outer-step.js';
import type { OuterOptions } from './outer-step.js';
import { Random } from './random.js';
import { learningRateAt } from './schedule.js';
import { buildStepModels } from './step-models.js';
import type { State } from './step-models.js';
import { StepThread } from './step-thread.js';
import { finish } from './trained.js';
import type { Trained } from './trained.js';
import { evaluate } from './training-loop.js';
import type { End } from './training-loop.js';

/** The parts of a plain run's options that make sense here; `steps` counts the steps of each worker. */
export type ParallelOptions = Omit<
  TrainOptions,
  'device' | 'resume' | 'earlyStopping' | 'checkpointEvery' | 'evaluateEvery'
> &
  Partial<OuterOptions> & {
    readonly workers: number;
    /** Steps of a round: between two averages. */
    readonly localSteps?: number;
  };

/**
 * Data-parallel training on the cpu: N worker threads take local AdamW steps on their own batches, and their parameters
 * are averaged with CO2's delayed outer step. Moments stay with their worker.
 * @throws EARSIGHT_TRAIN_DIVERGED with the local step at which any worker's loss was no longer finite.
 */
export async function trainParallel(
  network: TrainableNetwork,
  data: TrainingData,
  options: ParallelOptions,
): Promise<Trained> {
  const started = performance.now();
  const settings = settingsOf(options);
  const outer: OuterOptions = { ...OUTER_DEFAULTS, ...pickOuter(options) };
  const models = buildStepModels(network, settings.seed, { optimiser: settings });
  const threads = await Promise.all(
    Array.from({ length: options.workers }, () =>
      StepThread.start(models, { device: 'cpu', threads: options.threads ?? 1 }),
    ),
  );
  try {
    const end = await runRounds({ data, options, settings, outer, threads, first: parametersOf(models.first) });
    const recorded = { ...settings, workers: options.workers, localSteps: localStepsOf(options), outer };
    return await finish(network, models, end, {
      ...{ dataHash: data.hash, options: recorded, device: 'cpu', started, folder: options.folder },
    });
  } finally {
    await Promise.all(threads.map((thread) => thread.close()));
  }
}

function pickOuter({ momentum, rate, stalenessPenalty, clip }: Partial<OuterOptions>): Partial<OuterOptions> {
  const given = Object.entries({ momentum, rate, stalenessPenalty, clip }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

/** CO2's example trains with 3 local steps between averages; a thread is cheaper to ask than a host, so a few more. */
function localStepsOf({ localSteps = 8 }: ParallelOptions): number {
  return localSteps;
}

/** The flat parameters alone, without the moments. */
function parametersOf(state: State): State {
  return Object.fromEntries(Object.entries(state).filter(([name]) => /^state\/[^/]+$/.test(name)));
}

interface Rounds {
  readonly data: TrainingData;
  readonly options: ParallelOptions;
  readonly settings: Settings;
  readonly outer: OuterOptions;
  readonly threads: readonly StepThread[];
  readonly first: State;
}

async function runRounds(rounds: Rounds): Promise<End> {
  const { settings, outer, threads, first } = rounds;
  const optimisers = new Map(Object.entries(first).map(([name, data]) => [name, new OuterStep(data.length, outer)]));
  const apply = (anchor: State, movements: readonly State[]): State =>
    map(anchor, (data, name) => {
      const average = meanOf(movements.map((movement) => movement[name] ?? data));
      return movements.length === 0 ? data : (optimisers.get(name)?.next(data, average) ?? data);
    });
  let anchor = first;
  let began: readonly State[] = threads.map(() => first);
  /** How far each worker came down in the round before: waits to be averaged. */
  let movements: readonly State[] = [];
  let loss = NaN;
  for (let step = 0; step < settings.steps; step += localStepsOf(rounds.options)) {
    if (rounds.options.signal?.aborted) throw new EarsightError('EARSIGHT_CANCELLED');
    const steps = Math.min(localStepsOf(rounds.options), settings.steps - step);
    const round = Promise.all(threads.map((thread, worker) => localRound(rounds, thread, worker, step, steps)));
    // While the workers compute, the round before is averaged: this is what CO2 hides.
    const next = apply(anchor, movements);
    const losses = await round;
    loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
    const ended = (await Promise.all(threads.map((thread) => thread.read()))).map(parametersOf);
    movements = ended.map((state, worker) => subtract(began[worker] ?? first, state));
    anchor = next;
    began = movements.map((movement) => subtract(anchor, movement));
    await Promise.all(threads.map((thread, worker) => thread.write(began[worker] ?? anchor)));
  }
  anchor = apply(anchor, movements);
  const history: Evaluation[] = [];
  const validation = rounds.data.validation?.() ?? [];
  const [thread] = threads;
  if (thread !== undefined && validation.length > 0) {
    await thread.write(anchor);
    history.push({ step: settings.steps, metrics: await evaluate(thread, validation) });
  }
  return { step: settings.steps, stopped: 'finished', state: anchor, best: undefined, history, loss };
}

function map(state: State, change: (data: Float32Array, name: string) => Float32Array): State {
  return Object.fromEntries(Object.entries(state).map(([name, data]) => [name, change(data, name)]));
}

function subtract(a: State, b: State): State {
  return map(a, (data, name) => difference(data, b[name] ?? new Float32Array(data.length)));
}

/** One worker's local steps; returns its last loss. Worker w of N takes the batches w, w + N, w + 2 N … */
async function localRound(
  rounds: Rounds,
  thread: StepThread,
  worker: number,
  from: number,
  steps: number,
): Promise<number> {
  const { data, settings, threads, options } = rounds;
  let loss = NaN;
  for (let step = from; step < from + steps; step++) {
    const before = performance.now();
    const sample = step * threads.length + worker;
    const batch = data.batch(sample, new Random(settings.seed, sample));
    const learningRate = learningRateAt(step, settings);
    const scalars = await thread.step(batch, scheduleValues(step, learningRate, settings));
    const { loss: found = NaN, gradientNorm = NaN } = scalars;
    if (!Number.isFinite(found) || !Number.isFinite(gradientNorm))
      throw new EarsightError('EARSIGHT_TRAIN_DIVERGED', {
        step: step + 1,
        loss: String(found),
        norm: String(gradientNorm),
      });
    loss = found;
    if (worker === 0)
      options.onProgress?.({
        step: step + 1,
        steps: settings.steps,
        loss,
        gradientNorm,
        learningRate,
        stepMs: performance.now() - before,
      });
  }
  return loss;
}
