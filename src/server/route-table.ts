// Which dialect serves which request. Several dialects may share a path, told apart by headers; and for a path that
// nobody serves the table knows what the caller most likely meant.

import type { Dialect, RequestHeaders, Route, Unserved } from '../dialects/port.ts';

export type Candidate = { readonly dialect: Dialect; readonly route: Route };

/** One method and path, as the router is told it. */
export type TableRoute = {
  readonly method: Route['method'];
  readonly path: string;
  readonly candidates: readonly Candidate[];
};

/** What one path serves. The lists of candidates grow while dialects are entered. */
type Served = { readonly methods: string[]; readonly owners: (readonly Candidate[])[] };

const PATH_IN_HINT_MAX = 200;

/** The dialect that claims these headers, else the first that serves the path whatever the headers. */
export function chooseCandidate(
  candidates: readonly Candidate[],
  headers: RequestHeaders,
): Candidate | undefined {
  if (candidates.length === 1 && candidates[0]?.route.claims === undefined) return candidates[0];
  return (
    candidates.find(({ route }) => route.claims?.(headers) === true) ??
    candidates.find(({ route }) => route.claims === undefined)
  );
}

export class RouteTable {
  readonly routes: readonly TableRoute[];
  /** The routes that carry all the traffic, POST on a path without parameters, by that path. */
  readonly #straight = new Map<string, TableRoute>();
  readonly #unserved: readonly { readonly dialect: Dialect; readonly unserved: Unserved }[];
  /** By exact path, and by the part before `*`. */
  readonly #exact = new Map<string, Served>();
  readonly #prefixes: (Served & { readonly prefix: string; readonly suffix: string })[] = [];

  constructor(dialects: readonly Dialect[], operatorPaths: readonly string[]) {
    const grouped = new Map<string, Candidate[]>();
    const routes: TableRoute[] = [];
    for (const dialect of dialects) {
      for (const route of dialect.routes) {
        const key = `${route.method} ${route.path}`;
        const known = grouped.get(key);
        if (known !== undefined) {
          known.push({ dialect, route });
          continue;
        }
        const candidates = [{ dialect, route }];
        grouped.set(key, candidates);
        const made = { method: route.method, path: route.path, candidates };
        routes.push(made);
        if (route.method === 'POST' && !route.path.includes('*')) this.#straight.set(route.path, made);
        this.#note(route.path, route.method, candidates);
      }
    }
    for (const path of operatorPaths) this.#note(path, 'GET', []);
    this.routes = routes;
    this.#unserved = dialects.flatMap((dialect) =>
      (dialect.unserved ?? []).map((unserved) => ({ dialect, unserved })),
    );
  }

  #note(path: string, method: Route['method'], candidates: Candidate[]): void {
    const served = { methods: method === 'GET' ? ['GET', 'HEAD'] : [method], owners: [candidates] };
    const star = path.indexOf('*');
    if (star !== -1) {
      this.#prefixes.push({ prefix: path.slice(0, star), suffix: path.slice(star + 1), ...served });
      return;
    }
    const known = this.#exact.get(path);
    if (known === undefined) this.#exact.set(path, served);
    else {
      known.methods.push(...served.methods);
      known.owners.push(candidates);
    }
  }

  /** The route of a request that needs no router to be found; undefined says nothing about the others. */
  straightTo(method: string | undefined, url: string): TableRoute | undefined {
    if (method !== 'POST') return undefined;
    const mark = url.indexOf('?');
    return this.#straight.get(mark === -1 ? url : url.slice(0, mark));
  }

  /** What the path serves; empty where it is unknown. */
  methodsOf(path: string): readonly string[] {
    return this.#servedAt(path).flatMap(({ methods }) => methods);
  }

  /** Whose path it is, whatever the method; undefined where it is nobody's, or the operator's. */
  ownerOf(path: string, headers: RequestHeaders): Dialect | undefined {
    const candidates = this.#servedAt(path).flatMap(({ owners }) => owners.flat());
    return chooseCandidate(candidates, headers)?.dialect;
  }

  #servedAt(path: string): readonly Served[] {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return [exact];
    return this.#prefixes.filter(
      ({ prefix, suffix }) =>
        path.length > prefix.length + suffix.length && path.startsWith(prefix) && path.endsWith(suffix),
    );
  }

  /** A dialect whose clients know the path, and what it says of it. Several may: then the one the caller speaks. */
  unservedAt(
    path: string,
    spoken: Dialect,
  ): { readonly dialect: Dialect; readonly message: string } | undefined {
    const known = this.#unserved.filter(({ unserved: { path: pattern } }) =>
      pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern,
    );
    const chosen = known.find(({ dialect }) => dialect === spoken) ?? known[0];
    return chosen && { dialect: chosen.dialect, message: chosen.unserved.message };
  }

  /** What to tell a caller whose path is unknown; undefined where nothing comes near. */
  hintFor(path: string): string | undefined {
    const meant = path.slice(0, PATH_IN_HINT_MAX).replace(/\/{2,}/g, '/');
    const trimmed = meant.length > 1 && meant.endsWith('/') ? meant.slice(0, -1) : meant;
    if (trimmed.startsWith('/v1/v1/') && this.#serves(trimmed.slice('/v1'.length))) {
      return `The path holds /v1 twice: did you mean ${trimmed.slice('/v1'.length)}? Set the client's base URL without /v1.`;
    }
    if (this.#serves(`/v1${trimmed}`)) {
      return `Did you mean /v1${trimmed}? Set the client's base URL to end in /v1.`;
    }
    const version = trimmed.indexOf('/v1/');
    if (version > 0 && this.#serves(trimmed.slice(version))) {
      return `Did you mean ${trimmed.slice(version)}?`;
    }
    for (const candidate of [trimmed, trimmed.toLowerCase()]) {
      if (candidate !== path && this.#serves(candidate)) return `Did you mean ${candidate}?`;
    }
    return undefined;
  }

  #serves(path: string): boolean {
    return this.methodsOf(path).length > 0;
  }
}
