import { add, mul, pad, reverse, silu, slice, type Tensor } from '../../graph/index.js';
import { linear } from '../blocks/linear.js';
import type { MixerDeclaration } from '../declaration.js';
import type { MixerLayer, LayerContext } from '../layer.js';
import { masked } from '../recurrence/layer-memory.js';

/**
 * Makes any causal member bidirectional (methods.md F). The output is the sum of the member's output shifted one step later,
 * its output on the reversed sequence shifted one step earlier, and a term of the present step. Both directions share the
 * member's weights.
 */
export function hydra(member: MixerLayer): MixerLayer {
  return {
    declaration: hydraDeclaration(member.declaration),
    channelMixer: member.channelMixer,
    mix: (x, context) => {
      const causal: LayerContext = { ...context, direction: 'causal' };
      const shown = masked(x, context);
      const forward = later(member.mix(shown, causal).output);
      const backward = reverse(later(member.mix(reverse(shown, 1), causal).output), 1);
      const present = mul(
        linear(x, context, 'present', context.width),
        silu(linear(x, context, 'present-gate', context.width)),
      );
      return { output: add(add(forward, backward), present), carried: {} };
    },
  };
}

/** The declaration of a causal member that runs in both directions. */
function hydraDeclaration(member: MixerDeclaration): MixerDeclaration {
  return {
    ...member,
    name: `hydra-${member.name}`,
    title: `Hydra around ${member.title}`,
    direction: 'bidirectional',
    state: `2 × ${member.state}`,
    cost: `2 × (${member.cost})`,
    source: `F, ${member.source}`,
  };
}

/** Shifts x one step later; the first step becomes zero. */
function later(x: Tensor): Tensor {
  return pad(slice(x, 1, 0, Number(x.shape[1]) - 1), 1, 1, 0);
}
