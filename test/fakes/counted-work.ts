// Counts the steps that a pure function takes through sets, maps and arrays, so that a test can hold it linear without
// looking at a clock.

type Method = (this: unknown, ...given: unknown[]) => unknown;

function methodOf(prototype: object, key: PropertyKey): Method {
  const value: unknown = Reflect.get(prototype, key);
  if (typeof value !== 'function') throw new Error(`no method ${String(key)}`);
  return function call(this: unknown, ...given) {
    return Reflect.apply(value, this, given);
  };
}

/** Runs it once. A look-up in a set or map counts one; a walk counts each element that it looks at. */
export function countWork(run: () => void): number {
  let steps = 0;
  const restore: (() => void)[] = [];
  function replace(prototype: object, key: PropertyKey, by: (original: Method) => Method): void {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, key);
    if (descriptor === undefined) throw new Error(`no property ${String(key)}`);
    restore.push(() => Object.defineProperty(prototype, key, descriptor));
    const value = by(methodOf(Object.create(prototype, { [key]: descriptor }), key));
    Object.defineProperty(prototype, key, { ...descriptor, value });
  }
  const counted = (original: Method): Method =>
    function count(this: unknown, ...given) {
      steps += 1;
      return original.apply(this, given);
    };
  try {
    replace(Set.prototype, 'has', counted);
    replace(Map.prototype, 'has', counted);
    replace(Map.prototype, 'get', counted);
    replace(Object.getPrototypeOf(new Map().entries()) as object, 'next', counted);
    replace(
      Array.prototype,
      'some',
      (original) =>
        function some(this: unknown, look, ...rest) {
          const watched = (...given: readonly unknown[]): unknown => {
            steps += 1;
            return typeof look === 'function' ? Reflect.apply(look, undefined, given) : false;
          };
          return original.call(this, watched, ...rest);
        },
    );
    run();
  } finally {
    for (const undo of restore) undo();
  }
  return steps;
}
