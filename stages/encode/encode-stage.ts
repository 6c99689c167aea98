import { z } from 'zod';
import type { Stage } from '../../core/stage.js';
import type { StageServices } from '../services.js';
import { encodePart } from './encode-part.js';

const paramsSchema = z.strictObject({});

/** Runs the picture networks over every frame and the sound networks over every second; a later stage applies label lists. */
export const encodeStage: Stage<z.infer<typeof paramsSchema>, StageServices> = {
  name: 'encode',
  version: 4,
  inputs: ['extract'],
  params: paramsSchema,
  resource: 'inference',
  scratch: false,
  run: (context) => encodePart(context, 0, 1),
};
