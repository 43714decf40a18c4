// Pairs of in-process measurements: two pieces of work in turn, A B A B, by the process's own user and system time, so that
// what the machine does besides falls on both.

export type Work = { readonly name: string; readonly run: () => void };

const MICROS_PER_ROUND_MIN = 200_000;
/**
 * Rounds of each before the first that counts. For its first second of work a process compiles it, on threads whose time is
 * counted with the rest: half as much again, of which the floor, which is one call into the engine, has none.
 */
const WARM_UP_ROUNDS = 6;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}

/** Microseconds of processor time a run. */
function cost(work: Work): number {
  const before = process.cpuUsage();
  let runs = 0;
  for (;;) {
    work.run();
    runs += 1;
    const { user, system } = process.cpuUsage(before);
    if (user + system >= MICROS_PER_ROUND_MIN) return (user + system) / runs;
  }
}

/** Median ratio of the contestant to the floor over so many pairs. */
export function ratioOf(contestant: Work, floor: Work, pairs: number): { ratio: number; told: string } {
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
    cost(floor);
    cost(contestant);
  }
  const floors: number[] = [];
  const costs: number[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    floors.push(cost(floor));
    costs.push(cost(contestant));
  }
  const ratio = median(costs.map((value, index) => value / (floors[index] ?? Number.NaN)));
  const told =
    `${contestant.name}: ${median(costs).toFixed(1)} µs; ${floor.name}: ${median(floors).toFixed(1)} µs; ` +
    `ratio ${ratio.toFixed(2)}`;
  return { ratio, told };
}
