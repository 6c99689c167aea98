import type { Role } from '../../models/encoders/encoder.js';
import { classNamesOf } from '../../models/manifest/label-file.js';
import type { ResolvedModel } from '../../models/packs/resolve-packs.js';
import { coverLabels } from '../../stages/label/class-coverage.js';
import type { Label } from '../../stages/label/label-set.js';
import type { Taxonomy } from '../../stages/label/llp-mapping.js';

/** The taxonomy that the classes of a network belong to. */
const TAXONOMIES: Partial<Record<Role, Taxonomy>> = {
  'audio-tags': 'audioset',
  'image-tags': 'imagenet',
  objects: 'coco',
};

/**
 * Names of the labels that no network of a run can find in any modality. This is known before any video is processed.
 */
export async function unknownLabels(
  labels: readonly Label[],
  models: readonly ResolvedModel[],
): Promise<readonly string[]> {
  const known = new Set<number>();
  for (const model of models) {
    const { role } = model.identity;
    // These networks take the label as text, so they can find any label.
    if (role === 'image-text' || role === 'audio-text') return [];
    const taxonomy = TAXONOMIES[role];
    const classes = await classNamesOf(model);
    if (taxonomy === undefined || classes === null) continue;
    coverLabels(labels, classes, taxonomy).classesOf.forEach((found, label) => {
      if (found.length > 0) known.add(label);
    });
  }
  return labels.flatMap(({ name }, label) => (known.has(label) ? [] : [name]));
}
