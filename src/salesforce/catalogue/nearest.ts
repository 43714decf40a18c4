// Names that look like a mistaken one, for the message that says it is unknown.

const SUGGESTIONS_MAX = 3;
/** Beyond this much of the name it is another name, not a slip. */
const DISTANCE_SHARE_MAX = 0.4;

/** Up to three, best first; ties in the order given. `asked` is in canonical form, which has no dots. */
export function nearestNames(asked: string, known: readonly string[]): string[] {
  const distanceMax = Math.floor(asked.length * DISTANCE_SHARE_MAX);
  return known
    .map((name) => ({ name, distance: editDistance(asked, name.replaceAll('.', '-')) }))
    .filter(({ distance }) => distance <= distanceMax)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, SUGGESTIONS_MAX)
    .map(({ name }) => name);
}

/** Insertions, deletions and replacements from one text to the other. */
function editDistance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (above[column - 1] ?? 0) + Number(from.charAt(row - 1) !== to.charAt(column - 1));
      current.push(Math.min(replaced, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    above = current;
  }
  return above[to.length] ?? 0;
}
