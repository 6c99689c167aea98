import { z } from 'zod';
import { defineStage } from '../services.js';
import { encodePart } from './encode-part.js';

const paramsSchema = z.strictObject({});

/** Every frame through the picture networks, every second through the sound networks; labels come later. */
export const encodeStage = defineStage({
  name: 'encode',
  version: 4,
  inputs: ['extract'],
  params: paramsSchema,
  resource: 'inference',
  scratch: false,
  run: (context) => encodePart(context, 0, 1),
});
