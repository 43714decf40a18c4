// V8's profiles as text a person can act on: a tree of our own functions with the time below each, a list of the functions
// the time was spent in, and a list of the places that allocate. Everything is per request.

type Frame = { readonly functionName: string; readonly url: string; readonly lineNumber: number };

export type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: Frame;
    readonly children?: readonly number[] | undefined;
  }[];
  readonly samples?: readonly number[] | undefined;
  /** Microseconds since the sample before. */
  readonly timeDeltas?: readonly number[] | undefined;
};

export type AllocationNode = {
  readonly callFrame: Frame;
  readonly selfSize: number;
  readonly children: readonly AllocationNode[];
};

const LINES_MAX = 40;
const TREE_MIN_MICROS = 2;

function placeOf({ functionName, url, lineNumber }: Frame): string {
  const file = url
    .replace(/^file:\/\//u, '')
    .replace(`${process.cwd()}/`, '')
    .replace(/^.*\/node_modules\//u, '');
  return `${functionName === '' ? '(anonymous)' : functionName} ${file}${file === '' ? '' : `:${lineNumber + 1}`}`;
}

/** Of the product or the floor, and not of Node, of a package or of V8. */
function isOurs({ url }: Frame): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/');
}

type Branch = { readonly place: string; micros: number; readonly inner: Map<string, Branch> };

function branchOf(parent: Branch, place: string): Branch {
  const known = parent.inner.get(place);
  if (known !== undefined) return known;
  const made: Branch = { place, micros: 0, inner: new Map() };
  parent.inner.set(place, made);
  return made;
}

function addTo(totals: Map<string, number>, key: string, amount: number): void {
  totals.set(key, (totals.get(key) ?? 0) + amount);
}

function tell(amount: number, text: string): string {
  return `${amount.toFixed(1).padStart(8)}  ${text}`;
}

function largest(totals: ReadonlyMap<string, number>, requests: number): readonly string[] {
  return [...totals]
    .toSorted((left, right) => right[1] - left[1])
    .slice(0, LINES_MAX)
    .map(([place, amount]) => tell(amount / requests, place));
}

/** Time of Node and of packages counts for the nearest of our functions above it. */
function growTree(profile: CpuProfile, totals: Map<string, number>): Branch {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const micros = new Map<number, number>();
  for (const [index, id] of (profile.samples ?? []).entries()) {
    micros.set(id, (micros.get(id) ?? 0) + (profile.timeDeltas?.[index] ?? 0));
  }
  const grow = (id: number, branch: Branch): number => {
    const node = byId.get(id);
    if (node === undefined || node.callFrame.functionName === '(idle)') return 0;
    const self = micros.get(id) ?? 0;
    addTo(totals, placeOf(node.callFrame), self);
    const own = isOurs(node.callFrame) ? branchOf(branch, placeOf(node.callFrame)) : branch;
    let below = self;
    for (const child of node.children ?? []) below += grow(child, own);
    if (own !== branch) own.micros += below;
    return below;
  };
  const root: Branch = { place: 'all', micros: 0, inner: new Map() };
  const first = profile.nodes[0];
  if (first !== undefined) root.micros = grow(first.id, root);
  return root;
}

function drawTree(branch: Branch, requests: number, depth: number): readonly string[] {
  if (branch.micros / requests < TREE_MIN_MICROS) return [];
  const inner = [...branch.inner.values()].toSorted((left, right) => right.micros - left.micros);
  return [
    tell(branch.micros / requests, `${'  '.repeat(depth)}${branch.place}`),
    ...inner.flatMap((one) => drawTree(one, requests, depth + 1)),
  ];
}

/** Wall time of the main thread, so what other processes take from it is in it: compare, and do not add up. */
export function summariseCpu(profile: CpuProfile, requests: number): readonly string[] {
  const totals = new Map<string, number>();
  const tree = growTree(profile, totals);
  return [
    'microseconds a request, by our functions and what they call',
    ...drawTree(tree, requests, 0),
    'microseconds a request, in the function itself',
    ...largest(totals, requests),
  ];
}

export function summariseAllocations(head: AllocationNode, requests: number): readonly string[] {
  const totals = new Map<string, number>();
  let bytes = 0;
  const visit = (node: AllocationNode): void => {
    bytes += node.selfSize;
    addTo(totals, placeOf(node.callFrame), node.selfSize);
    for (const child of node.children) visit(child);
  };
  visit(head);
  return [tell(bytes / requests, 'bytes a request'), ...largest(totals, requests)];
}
