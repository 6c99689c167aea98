import { addDims, divideDims, floorDivideDim, multiplyDims, sameShape, subtractDims } from '../dim.js';
import type { Dim } from '../dim.js';
import type { Attributes, Call, Tensor } from '../ir.js';
import { declare, emit, floatDtype, intAttribute, intsAttribute, required, shapeError } from '../operator.js';

const WINDOW = { dilations: 'ints', group: 'int', kernel_shape: 'ints', pads: 'ints', strides: 'ints' } as const;

/** How the kernel window moves over the spatial axes. */
export interface ConvolutionWindow {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding at the start of each axis, then at the end of each axis (ONNX's order). */
  readonly pads: readonly number[];
  readonly group: number;
}

export function convolutionWindow(call: Pick<Call, 'attributes'>, spatialAxes: number): ConvolutionWindow {
  const ones = Array.from({ length: spatialAxes }, () => 1);
  return {
    strides: intsAttribute(call, 'strides') ?? ones,
    dilations: intsAttribute(call, 'dilations') ?? ones,
    pads: intsAttribute(call, 'pads') ?? [...ones, ...ones].map(() => 0),
    group: intAttribute(call, 'group', 1),
  };
}

/** The window of a call, after checking that its attributes fit a kernel of this shape. */
function checkedWindow(call: Call, kernel: readonly Dim[]): ConvolutionWindow {
  const walk = convolutionWindow(call, kernel.length);
  const { strides, dilations, pads, group } = walk;
  const counts = (numbers: readonly number[], count: number, least: number): boolean =>
    numbers.length === count && numbers.every((number) => Number.isInteger(number) && number >= least);
  const fits = counts(strides, kernel.length, 1) && counts(dilations, kernel.length, 1);
  if (!fits || !counts(pads, 2 * kernel.length, 0) || !counts([group], 1, 1))
    throw shapeError(call, `strides, dilations and pads do not fit ${kernel.length} axes`);
  const said = intsAttribute(call, 'kernel_shape');
  if (said !== undefined && !sameShape(said, kernel)) throw shapeError(call, 'kernel_shape is not that of the kernel');
  return walk;
}

function checkBias(call: Call, maps: Dim): void {
  const bias = call.inputs[2];
  if (bias !== undefined && !sameShape(bias.shape, [maps])) throw shapeError(call, `the bias has not ${maps} numbers`);
}

export const CONV = declare({
  type: 'Conv',
  since: 11,
  arity: [2, 3],
  attributes: WINDOW,
  infer: (call) => {
    const x = required(call, 0).shape;
    const w = required(call, 1).shape;
    const [batch, channels, ...space] = x;
    const [maps, perGroup, ...kernel] = w;
    if (
      batch === undefined ||
      channels === undefined ||
      maps === undefined ||
      perGroup === undefined ||
      kernel.length !== space.length
    )
      throw shapeError(call, 'takes [batch, channels, …] and [maps, channels of a group, …] of one rank');
    const { strides, dilations, pads, group } = checkedWindow(call, kernel);
    if (multiplyDims(perGroup, group) !== channels)
      throw shapeError(call, `${group} groups of ${perGroup} channels are not ${channels}`);
    if (divideDims(maps, group) === undefined) throw shapeError(call, `${maps} maps do not divide in ${group} groups`);
    checkBias(call, maps);
    const out = space.map((dim, axis): Dim => {
      const padded = addDims(dim, (pads[axis] ?? 0) + (pads[axis + space.length] ?? 0));
      const reach = addDims(multiplyDims(subtractDims(kernel[axis] ?? 1, 1), dilations[axis] ?? 1), 1);
      const length = addDims(floorDivideDim(subtractDims(padded, reach), strides[axis] ?? 1), 1);
      if (typeof length === 'number' && length < 1) throw shapeError(call, 'the kernel is wider than the input');
      return length;
    });
    return [{ dtype: floatDtype(call), shape: [batch, maps, ...out] }];
  },
});

export const CONV_TRANSPOSE = declare({
  type: 'ConvTranspose',
  since: 11,
  arity: [2, 3],
  attributes: { ...WINDOW, output_padding: 'ints' },
  infer: (call) => {
    const [batch, channels, ...space] = required(call, 0).shape;
    const [rows, perGroup, ...kernel] = required(call, 1).shape;
    if (batch === undefined || perGroup === undefined || channels !== rows || kernel.length !== space.length)
      throw shapeError(call, 'takes [batch, channels, …] and [channels, maps of a group, …] of one rank');
    const { strides, dilations, pads, group } = checkedWindow(call, kernel);
    if (divideDims(channels ?? 1, group) === undefined)
      throw shapeError(call, `${channels ?? '?'} channels do not divide in ${group} groups`);
    checkBias(call, multiplyDims(perGroup, group));
    const extra = intsAttribute(call, 'output_padding');
    const out = space.map((dim, axis): Dim => {
      const reach = addDims(multiplyDims(subtractDims(kernel[axis] ?? 1, 1), dilations[axis] ?? 1), 1);
      const padding = (pads[axis] ?? 0) + (pads[axis + space.length] ?? 0);
      const full = addDims(multiplyDims(subtractDims(dim, 1), strides[axis] ?? 1), reach);
      return addDims(full, (extra?.[axis] ?? 0) - padding);
    });
    return [{ dtype: floatDtype(call), shape: [batch, multiplyDims(perGroup, group), ...out] }];
  },
});

export type ConvolutionOptions = Partial<ConvolutionWindow>;

function attributesOf(options: ConvolutionOptions): Attributes {
  return { ...options };
}

/** Cross-correlation of x [batch, channels, …] with w [maps, channels / groups, …] over one or more spatial axes. */
export function conv(x: Tensor, w: Tensor, bias?: Tensor, options: ConvolutionOptions = {}): Tensor {
  return emit(CONV, bias === undefined ? [x, w] : [x, w, bias], attributesOf(options));
}

/** The transpose (adjoint) of `conv`: w is [channels, maps / groups, …]. */
export function convTranspose(
  x: Tensor,
  w: Tensor,
  bias?: Tensor,
  options: ConvolutionOptions & { readonly outputPadding?: readonly number[] } = {},
): Tensor {
  const { outputPadding, ...walk } = options;
  const extra: Attributes = outputPadding === undefined ? {} : { output_padding: outputPadding };
  return emit(CONV_TRANSPOSE, bias === undefined ? [x, w] : [x, w, bias], { ...attributesOf(walk), ...extra });
}
