import { z } from 'zod';
import type { Stage } from '../../../core/stage.js';
import type { StageServices } from '../../services.js';
import { encodePart } from '../encode-part.js';

const paramsSchema = z.strictObject({ part: z.number().int().nonnegative(), parts: z.number().int().positive() });

/** Encodes one part of a long video. */
export function encodePartStage(part: number): Stage<z.infer<typeof paramsSchema>, StageServices> {
  return {
    name: `encode-${part}`,
    version: 3,
    inputs: ['extract'],
    params: paramsSchema,
    resource: 'inference',
    scratch: true,
    run: (context) => encodePart(context, context.params.part, context.params.parts),
  };
}
