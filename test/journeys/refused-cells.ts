// The cells of the client matrix that Forcegate refuses, each with its reason. A cell that is not here must pass, and a
// cell that is here must be refused with the code given: the list can neither grow nor rot in silence.

export type RefusedCell = {
  readonly org: string;
  readonly scene: string;
  readonly code: string;
  readonly reason: string;
};

const NO_TOOLS = 'the classic surface takes no tools (reference 2.9); emulation by prompt is not there yet';

export const REFUSED_CELLS: readonly RefusedCell[] = [
  { org: 'classic-only', scene: 'tools', code: 'unsupported_parameter', reason: NO_TOOLS },
  { org: 'classic-only', scene: 'parallel tools', code: 'unsupported_parameter', reason: NO_TOOLS },
  { org: 'classic-only', scene: 'multi-turn with results', code: 'unsupported_parameter', reason: NO_TOOLS },
];
