import { z } from 'zod';
import { defineStage } from '../../services.js';
import { encodePart } from '../encode-part.js';

const paramsSchema = z.strictObject({ part: z.number().int().nonnegative(), parts: z.number().int().positive() });

/** Encodes one part of a long video. */
export function encodePartStage(part: number) {
  return defineStage({
    name: `encode-${part}`,
    version: 3,
    inputs: ['extract'],
    params: paramsSchema,
    resource: 'inference',
    scratch: true,
    run: (context) => encodePart(context, context.params.part, context.params.parts),
  });
}
