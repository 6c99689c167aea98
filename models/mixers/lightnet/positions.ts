import {
  add,
  cast,
  expand,
  neg,
  reshape,
  reverse,
  softplus,
  transpose,
  type Dim,
  type Tensor,
} from '../../graph/index.js';
import { linear } from '../blocks/linear.js';
import { simpleRmsNorm } from '../blocks/norm.js';
import { parameter, type Carried, type CarriedType, type Mixed, type LayerContext } from '../layer.js';
import { masked, recurrenceInFloat32 } from '../recurrence/layer-memory.js';
import { recurrence } from '../recurrence/sequence.js';

/**
 * Adds MD-TPE to the features (methods.md B.4): along each axis, every channel has a scalar memory `s <- λ_h s + k_h x`,
 * `y = q_h s` with learned constants. The results of the axes are summed, normalised, projected and added to the features.
 * The memories run in both directions in a bidirectional network.
 * @param axes sizes of the axes that the sequence was flattened from, slowest first
 */
export function addAxisPositions(x: Tensor, context: LayerContext, axes: readonly number[], carried?: Carried): Mixed {
  const { graph, width } = context;
  const shown = context.direction === 'bidirectional' ? masked(x, context) : x;
  return graph.scope('tpe', () => {
    const results = axes.map((_, axis) =>
      graph.scope(`axis-${axis}`, () => alongAxis(shown, context, axes, axis, carried)),
    );
    const sum = results.map((result) => result.output).reduce((total, along) => add(total, along));
    const encoded = linear(simpleRmsNorm(sum), context, 'out', width, { deviation: 0.5 * width ** -0.5 });
    const [only] = results;
    return { output: add(x, encoded), carried: results.length === 1 && only !== undefined ? only.carried : {} };
  });
}

/** Type of the state that a stream along one axis carries. */
export function encodingType(context: LayerContext, batch: Dim): CarriedType {
  return { dtype: 'float32', shape: [batch, context.heads, 1, context.width / context.heads] };
}

/** Moves all other axes into the batch, runs the recurrence along this axis, and restores the order. */
function alongAxis(x: Tensor, context: LayerContext, axes: readonly number[], axis: number, carried?: Carried): Mixed {
  const { width } = context;
  const batch = x.shape[0] ?? 1;
  const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1);
  const [outer, size, inner] = [product(axes.slice(0, axis)), axes[axis] ?? 1, product(axes.slice(axis + 1))];
  if (outer === 1 && inner === 1) return decaying(x, context, carried?.['encoding']);
  const apart = transpose(reshape(x, [batch, outer, size, inner, width]), [0, 1, 3, 2, 4]);
  const along = decaying(reshape(apart, [-1, size, width]), context).output;
  const back = transpose(reshape(along, [batch, outer, inner, size, width]), [0, 1, 3, 2, 4]);
  return { output: reshape(back, x.shape), carried: {} };
}

function decaying(x: Tensor, context: LayerContext, memory?: Tensor): Mixed {
  const { heads, form, direction } = context;
  const [batch = 1, length = 1] = x.shape;
  const constants = (name: string, values: (index: number) => number): Tensor =>
    reshape(parameter(context, name, [heads], { kind: 'values', values }), [1, 1, heads]);
  const rows = [batch, length, heads];
  const q = expand(
    constants('query', () => 1),
    rows,
  );
  const k = expand(
    constants('key', () => 1),
    rows,
  );
  // log λ = -softplus(-p). Before training the heads remember about 2, 4, 8, … steps.
  const logs = expand(neg(softplus(neg(constants('decay', (h) => Math.log(2 ** (h + 1) - 1))))), rows);
  const inputs = { q, k, heads, decay: { kind: 'scalar', logs } as const };
  const { output, state } = recurrenceInFloat32({ ...inputs, v: x }, memory, form);
  const forward = cast(output, x.dtype);
  if (direction === 'causal') return { output: forward, carried: { encoding: state } };
  const backward = reverse(recurrence({ ...inputs, v: reverse(x, 1) }, form).output, 1);
  return { output: add(forward, backward), carried: {} };
}
