import { add, mul, reduceSum, reshape, reverse, sub, type Tensor } from '../../graph/index.js';
import { chunkedRecurrence, DEFAULT_CHUNK } from './chunked.js';
import { LOG_DECAY_FLOOR, type Decay, type RecurrenceInputs, type RecurrenceOutputs } from './decay.js';
import { fastestForm, type SequenceForm } from './form-table.js';
import { nativeRecurrence } from './native.js';

/** Writes the recurrence in the given form; `auto` takes the one that was measured to be the fastest. */
export function recurrence(inputs: RecurrenceInputs, form: SequenceForm): RecurrenceOutputs {
  const chosen = form.kind === 'auto' ? fastestForm(form.device, inputs.decay.kind, Number(inputs.q.shape[1])) : form;
  const safe = { ...inputs, decay: floored(inputs.decay) };
  return chosen.kind === 'native' ? nativeRecurrence(safe) : chunkedRecurrence(safe, chosen.chunk ?? DEFAULT_CHUNK);
}

/** Raises constant log decays to LOG_DECAY_FLOOR; each form does the same in the graph for computed ones. */
function floored(decay: Decay): Decay {
  return decay.kind === 'constant'
    ? { ...decay, logs: decay.logs.map((log) => Math.max(log, LOG_DECAY_FLOOR)) }
    : decay;
}

/**
 * Every step reads all steps, itself once: `f_t + r_t - (q_t·k_t) v_t` with the recurrence of the sequence, f, and of the
 * reversed sequence, r (methods.md B.1). Returns [B, T, H·e].
 */
export function bidirectionalRecurrence(inputs: Omit<RecurrenceInputs, 'state'>, form: SequenceForm): Tensor {
  const forward = recurrence(inputs, form).output;
  const backward = reverse(recurrence(reversed(inputs), form).output, 1);
  return sub(add(forward, backward), ownStep(inputs));
}

/** The inputs of the reversed sequence. */
function reversed(inputs: Omit<RecurrenceInputs, 'state'>): Omit<RecurrenceInputs, 'state'> {
  const { q, k, v, heads, decay } = inputs;
  const turned: Decay =
    decay.kind === 'scalar' || decay.kind === 'vector' ? { ...decay, logs: reverse(decay.logs, 1) } : decay;
  return { q: reverse(q, 1), k: reverse(k, 1), v: reverse(v, 1), heads, decay: turned };
}

/** `(q_t · k_t) v_t` for every head, [B, T, H·e]: the part of a step's output that comes from the step itself. */
function ownStep({ q, k, v, heads }: Omit<RecurrenceInputs, 'state'>): Tensor {
  const [batch = 1, length = 1] = q.shape;
  const perHead = (x: Tensor): Tensor => reshape(x, [batch, length, heads, Number(x.shape[2]) / heads]);
  const weight = reduceSum(perHead(mul(q, k)), { axes: [-1], keep: true });
  return reshape(mul(weight, perHead(v)), v.shape);
}
