import { join } from 'node:path';
import type { ModelOf } from '../manifest/manifest.js';
import type { InferencePool } from '../runtime/inference-pool.js';
import type { BlockShape } from '../runtime/model-spec.js';
import { frameBatchSize } from './batch-size.js';
import { cutOut, type Square } from './cut-out.js';
import type { Box, PeopleInFrame } from './encoder.js';
import { frameSides, pictureSides, type FrameSides } from './letterbox.js';

/** The outputs of the network for one person: a row of each, and the square of the frame that it saw. */
export interface PersonOutputs {
  readonly square: Square;
  readonly rows: readonly Float32Array[];
}

/**
 * Opens a network that sees one person at a time. The returned function runs it on a square around every person of some
 * frames, all in one call, and returns the result of `read` for the people of each frame.
 * @param squareAround the square around a person; its second argument has the sides of the picture in the frame, in pixels
 */
export async function openPersonNetwork(
  folder: string,
  model: ModelOf<'faces' | 'poses'>,
  outputs: readonly string[],
  squareAround: (box: Box, picture: FrameSides) => Square,
  pool: InferencePool,
) {
  const { name: input, shape, image } = model.input;
  const { colour, divide, mean, std, letterbox, padValue } = image;
  const [batch, , height, width] = shape;
  const block: BlockShape = { type: 'uint8', dims: [height, width, 3] };
  const network = await pool.load({
    name: model.name,
    path: join(folder, model.files[0]?.path ?? ''),
    preparation: { kind: 'frames', input, colour, divide, mean, std },
    outputs,
    finish: { kind: 'none' },
    singly: batch === 1,
    maxBatch: frameBatchSize(pool.device),
    warmUp: [[block]],
  });
  return async <Found>(
    looks: readonly PeopleInFrame[],
    displayAspect: number,
    read: (people: readonly PersonOutputs[], picture: FrameSides) => Found,
    signal?: AbortSignal,
  ): Promise<Found[]> => {
    const picture = pictureSides(letterbox, displayAspect);
    const squares = looks.map(({ people }) => people.map((box) => squareAround(box, picture)));
    const count = squares.flat().length;
    const size = height * width * 3;
    const inputs = new Uint8Array(count * size);
    let at = 0;
    for (const [index, { frame }] of looks.entries())
      for (const square of squares[index] ?? [])
        cutOut(
          frame,
          frameSides(letterbox, frame.length, displayAspect),
          square,
          width,
          padValue,
          inputs.subarray(at, (at += size)),
        );
    const results = count === 0 ? [] : await network.run([{ ...block, data: inputs }], count, signal);
    let person = 0;
    return squares.map((ofFrame) => {
      const people = ofFrame.map((square): PersonOutputs => {
        const rows = results.map(({ data }) => {
          const length = data.length / count;
          return data.subarray(person * length, (person + 1) * length);
        });
        person += 1;
        return { square, rows };
      });
      return read(people, picture);
    });
  };
}
