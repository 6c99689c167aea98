import { join } from 'node:path';
import type { ModelOf } from '../manifest/manifest.js';
import type { InferencePool } from '../runtime/inference-pool.js';
import type { BlockShape } from '../runtime/model-spec.js';
import { frameBatchSize } from './batch-size.js';
import { cutOut, type Square } from './cut-out.js';
import type { Box, PeopleInFrame } from './encoder.js';
import { frameSides, pictureSides, type FrameSides } from './letterbox.js';

/** What the network said about one person: a row of each output, and the square of the frame it saw. */
export interface PersonOutputs {
  readonly square: Square;
  readonly rows: readonly Float32Array[];
}

/** Sides of the part of the frame that the picture covers, in pixels. */
export type PictureSides = FrameSides;

/**
 * A network that looks at one person at a time. The function it becomes runs it on a square around every person of some
 * frames, all at once, and hands out what `read` makes of the people of each frame.
 */
export async function openPersonNetwork(
  folder: string,
  model: ModelOf<'faces' | 'poses'>,
  outputs: readonly string[],
  squareAround: (box: Box, shown: PictureSides) => Square,
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
    read: (people: readonly PersonOutputs[], shown: PictureSides) => Found,
    signal?: AbortSignal,
  ): Promise<Found[]> => {
    const shown = pictureSides(letterbox, displayAspect);
    const squares = looks.map(({ people }) => people.map((box) => squareAround(box, shown)));
    const count = squares.flat().length;
    const size = height * width * 3;
    const pictures = new Uint8Array(count * size);
    let at = 0;
    for (const [index, { frame }] of looks.entries())
      for (const square of squares[index] ?? [])
        cutOut(
          frame,
          frameSides(letterbox, frame.length, displayAspect),
          square,
          width,
          padValue,
          pictures.subarray(at, (at += size)),
        );
    const results = count === 0 ? [] : await network.run([{ ...block, data: pictures }], count, signal);
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
      return read(people, shown);
    });
  };
}
