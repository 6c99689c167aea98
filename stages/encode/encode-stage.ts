import { z } from 'zod';
import { defineStage } from '../services.js';
import { encodePart } from './encode-part.js';

const paramsSchema = z.strictObject({});

/** Runs the picture networks over every frame and the sound networks over every second; a later stage applies label lists. */
export const encodeStage = defineStage({
  name: 'encode',
  version: 4,
  inputs: ['extract'],
  params: paramsSchema,
  resource: 'inference',
  scratch: false,
  run: (context) => encodePart(context, 0, 1),
});
