import type { MixerDeclaration } from '../declaration.js';

/** A causal member's declaration, run both ways. */
export function hydraDeclaration(member: MixerDeclaration): MixerDeclaration {
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
