// The open connections of both origins. A connection that has carried nothing but control requests is not counted, so
// that whoever asks for the numbers does not change them.
import type { Socket } from 'node:net';

type Connection = { readonly id: number; readonly socket: Socket; control: 'unknown' | 'only' | 'no' };

export class Connections {
  readonly #open = new Map<string, Connection>();
  #lastId = 0;
  #total = 0;

  add(origin: string, socket: Socket): void {
    const key = `${origin} ${socket.remoteAddress} ${socket.remotePort}`;
    this.#lastId += 1;
    this.#open.set(key, { id: this.#lastId, socket, control: 'unknown' });
    socket.once('close', () => this.#open.delete(key));
  }

  /** The number of the connection that carries a request. Known by its peer, which HTTP/1.1, TLS and h2 all tell. */
  idOf(
    origin: string,
    peer: { remoteAddress?: string | undefined; remotePort?: number | undefined },
    control: boolean,
  ): number {
    const connection = this.#open.get(`${origin} ${peer.remoteAddress} ${peer.remotePort}`);
    if (connection === undefined) return 0;
    if (!control && connection.control !== 'no') {
      connection.control = 'no';
      this.#total += 1;
    } else if (connection.control === 'unknown') connection.control = 'only';
    return connection.id;
  }

  get openCount(): number {
    let count = 0;
    for (const connection of this.#open.values()) if (connection.control !== 'only') count += 1;
    return count;
  }

  /** Connections that carried at least one request of the org, since the start or the last reset. */
  get totalCount(): number {
    return this.#total;
  }

  reset(): void {
    this.#total = 0;
  }

  destroyAll(): void {
    for (const connection of this.#open.values()) connection.socket.destroy();
  }
}
