import { existsSync } from 'node:fs';
import { EarsightError } from '../../core/errors.js';
import { scheduleValues, learningRateAt } from './adamw.js';
import { checkpointPath, readCheckpoint, writeCheckpoint, type Evaluation } from './checkpoint.js';
import type { TrainingData } from './data.js';
import type { TrainableNetwork } from './network.js';
import { settingsOf, type Settings, type TrainOptions } from './options.js';
import { difference, meanOf, OUTER_DEFAULTS, OuterStep, type OuterOptions } from './outer-step.js';
import { Random } from './random.js';
import { buildStepModels, type State } from './step-models.js';
import { StepThread } from './step-thread.js';
import { writeTrained, type Trained } from './trained.js';
import { evaluate, type StepsEnd } from './training-loop.js';

/** The options of `train` that apply to a data-parallel run; `steps` counts the steps of each worker. */
export type ParallelOptions = Omit<TrainOptions, 'device' | 'earlyStopping' | 'evaluateEvery'> &
  Partial<OuterOptions> & {
    readonly workers: number;
    /** Steps per round, that is between two averages. */
    readonly localSteps?: number;
  };

/**
 * Data-parallel training on the cpu: N worker threads take local AdamW steps on their own batches, and their parameters are
 * averaged with the delayed outer step of CO2. Each worker keeps its own moments. Checkpoints are written between rounds, and a
 * resumed run writes the same bytes as an uninterrupted one.
 * @throws EARSIGHT_TRAIN_DIVERGED with the local step at which any worker's loss was no longer finite (the checkpoint is
 * then that of an earlier round), EARSIGHT_CHECKPOINT_INVALID, EARSIGHT_CANCELLED after `signal`; RangeError for rounds
 * without a step.
 */
export async function trainParallel(
  network: TrainableNetwork,
  data: TrainingData,
  options: ParallelOptions,
): Promise<Trained> {
  const started = performance.now();
  const settings = settingsOf(options);
  const outer: OuterOptions = { ...OUTER_DEFAULTS, ...pickOuter(options) };
  const localSteps = localStepsOf(options);
  const models = buildStepModels(network, settings.seed, { optimiser: settings });
  const identity = { fingerprint: models.fingerprint, seed: settings.seed, dataHash: data.hash };
  const path = await checkpointPath(options.folder, network.name);
  const resumable = options.resume && path !== undefined && existsSync(path);
  const from = resumable ? await readCheckpoint(path, identity) : undefined;
  const resumed = from === undefined ? undefined : unpackRounds(from.state, options.workers, path ?? '');
  const starting = Array.from({ length: options.workers }, (_, worker) =>
    StepThread.start(models, { device: 'cpu', threads: options.threads ?? 1 }, resumed?.workers[worker]),
  );
  try {
    const threads = await Promise.all(starting);
    const save = async (step: number, state: RoundState): Promise<void> => {
      if (path !== undefined)
        await writeCheckpoint(path, { ...identity, step, state: packRounds(state), stale: 0, history: [] });
    };
    const rounds = { data, options, settings, localSteps, outer, threads, first: parametersOf(models.first), save };
    const end = await runRounds(rounds, from?.step ?? 0, resumed);
    const recorded = { ...settings, workers: options.workers, localSteps, outer };
    return await writeTrained(network, models, end, {
      ...{ dataHash: data.hash, options: recorded, device: 'cpu', started, folder: options.folder },
    });
  } finally {
    // When one thread did not start, the others are closed as well.
    const begun = await Promise.allSettled(starting);
    await Promise.all(begun.map(async (start) => (start.status === 'fulfilled' ? await start.value.close() : null)));
  }
}

function pickOuter({ momentum, rate, stalenessPenalty, clip }: Partial<OuterOptions>): Partial<OuterOptions> {
  const given = Object.entries({ momentum, rate, stalenessPenalty, clip }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

/** The example of CO2, on several hosts, takes 3 local steps between averages; the default here is a few more. */
function localStepsOf({ localSteps = 8 }: ParallelOptions): number {
  if (!Number.isInteger(localSteps) || localSteps < 1) throw new RangeError(`rounds of ${localSteps} local steps`);
  return localSteps;
}

/** The flat parameters alone, without the moments. */
function parametersOf(state: State): State {
  return Object.fromEntries(Object.entries(state).filter(([name]) => /^state\/[^/]+$/.test(name)));
}

/** State of a data-parallel run between two rounds. */
interface RoundState {
  /** Parameters that are common to all workers. */
  readonly anchor: State;
  /** Momentum of the outer steps. */
  readonly momentum: State;
  /** Parameters and moments of each worker. */
  readonly workers: readonly State[];
  /** Old minus new parameters of each worker in the last round, not yet averaged; empty before the first round. */
  readonly movements: readonly State[];
}

interface Rounds {
  readonly data: TrainingData;
  readonly options: ParallelOptions;
  readonly settings: Settings;
  readonly localSteps: number;
  readonly outer: OuterOptions;
  readonly threads: readonly StepThread[];
  readonly first: State;
  readonly save: (step: number, state: RoundState) => Promise<void>;
}

async function runRounds(rounds: Rounds, done: number, from: RoundState | undefined): Promise<StepsEnd> {
  const { settings, outer, threads, first } = rounds;
  const optimisers = new Map(
    Object.entries(first).map(([name, data]) => [name, new OuterStep(data.length, outer, from?.momentum[name])]),
  );
  const apply = (anchor: State, movements: readonly State[]): State =>
    map(anchor, (data, name) => {
      const average = meanOf(movements.map((movement) => movement[name] ?? data));
      return movements.length === 0 ? data : (optimisers.get(name)?.next(data, average) ?? data);
    });
  let anchor = from?.anchor ?? first;
  let began: readonly State[] = from?.workers.map(parametersOf) ?? threads.map(() => first);
  /** Old minus new parameters of each worker in the previous round, not yet averaged. */
  let movements: readonly State[] = from?.movements ?? [];
  const save = async (step: number): Promise<void> => {
    const momentum = Object.fromEntries(Array.from(optimisers, ([name, optimiser]) => [name, optimiser.momentum]));
    const workers = await Promise.all(threads.map((thread) => thread.read()));
    await rounds.save(step, { anchor, momentum, workers, movements });
  };
  let loss = NaN;
  let saved = done;
  for (let step = done; step < settings.steps; step += rounds.localSteps) {
    if (rounds.options.signal?.aborted) {
      await save(step);
      throw new EarsightError('EARSIGHT_CANCELLED');
    }
    if (step - saved >= settings.checkpointEvery) {
      await save(step);
      saved = step;
    }
    const steps = Math.min(rounds.localSteps, settings.steps - step);
    const round = Promise.all(threads.map((thread, worker) => localRound(rounds, thread, worker, step, steps)));
    // The previous round is averaged while the workers compute; this is the delay that CO2 hides.
    const next = apply(anchor, movements);
    const losses = await round;
    loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
    const ended = (await Promise.all(threads.map((thread) => thread.read()))).map(parametersOf);
    movements = ended.map((state, worker) => subtract(began[worker] ?? first, state));
    anchor = next;
    began = movements.map((movement) => subtract(anchor, movement));
    await Promise.all(threads.map((thread, worker) => thread.write(began[worker] ?? anchor)));
  }
  await save(Math.max(settings.steps, done));
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

/** Takes the local steps of one worker and returns its last loss. Worker w of N uses the batches w, w + N, w + 2 N, … */
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
    const batch = await data.batch(sample, new Random(settings.seed, sample));
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

/** Packs the state for a checkpoint into one set of vectors with names such as `worker/0/state/decayed`. */
function packRounds({ anchor, momentum, workers, movements }: RoundState): State {
  const parts: [string, State][] = [
    ['anchor', anchor],
    ['momentum', momentum],
    ...workers.map((state, index): [string, State] => [`worker/${index}`, state]),
    ...movements.map((state, index): [string, State] => [`movement/${index}`, state]),
  ];
  return Object.fromEntries(
    parts.flatMap(([part, state]) => Object.entries(state).map(([name, data]) => [`${part}/${name}`, data])),
  );
}

/** @throws EARSIGHT_CHECKPOINT_INVALID if another number of workers, or a run without workers, wrote the checkpoint */
function unpackRounds(packed: State, workers: number, path: string): RoundState {
  const part = (name: string): State =>
    Object.fromEntries(
      Object.entries(packed)
        .filter(([key]) => key.startsWith(`${name}/`))
        .map(([key, data]) => [key.slice(name.length + 1), data]),
    );
  const each = (name: string): readonly State[] => {
    const indices = new Set(Object.keys(packed).flatMap((key) => new RegExp(`^${name}/(\\d+)/`).exec(key)?.[1] ?? []));
    return Array.from(indices, (_, index) => part(`${name}/${index}`));
  };
  const found = each('worker');
  if (found.length !== workers)
    throw new EarsightError('EARSIGHT_CHECKPOINT_INVALID', {
      path,
      reason: `it was made by ${found.length === 0 ? 'a run without workers' : `${found.length} workers`}`,
    });
  return { anchor: part('anchor'), momentum: part('momentum'), workers: found, movements: each('movement') };
}
