// The sockets of the listener and how many requests are under way on each, so that closing lets every answer out to its
// last byte, ends what is idle at once, and can cut off the rest.
//
// Node's own `server.close()` is not used for this: it destroys connections whose answer was ended but not yet flushed.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** When a client is silent for this long its machine is asked, so that one that vanished is noticed. */
const TCP_KEEP_ALIVE_MS = 30_000;

type Connection = {
  readonly socket: Socket;
  /** Requests under way. */
  busy: number;
  /** Whether it ever had one. */
  used: boolean;
  /** In the middle of an answer, which nothing else may be written into. */
  streaming: boolean;
};

/** Who is told, once, that a response has been flushed or its socket is lost. */
export type Leaver = { leave(): void };

export class Connections {
  readonly #open = new Map<object, Connection>();
  /** Sockets of TLS clients, until they are gone: those that have not shaken hands yet are nowhere else. */
  readonly #raw = new Set<Socket>();
  #draining = false;
  #closing = false;
  readonly #emptied = Promise.withResolvers<void>();

  get count(): number {
    return this.#open.size;
  }

  add(socket: Socket): void {
    this.#open.set(socket, { socket, busy: 0, used: false, streaming: false });
    // A client may pipeline any number of requests, and each waiting one listens for the socket's end.
    socket.setMaxListeners(0);
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#noticeEmpty();
    });
    if (this.#closing) socket.destroy();
  }

  /** A socket whose handshake begins; `add` is told once it is done. */
  addUnready(socket: Socket): void {
    this.#raw.add(socket);
    socket.once('close', () => this.#raw.delete(socket));
  }

  has(socket: object): boolean {
    return this.#open.has(socket);
  }

  track(request: IncomingMessage, response: ServerResponse, leaver: Leaver): void {
    const { socket } = request;
    const connection = this.#open.get(socket);
    if (connection !== undefined) {
      connection.busy += 1;
      connection.used = true;
    }
    let over = false;
    const close = (): void => {
      if (over) return;
      over = true;
      leaver.leave();
      if (connection !== undefined) this.#release(connection);
    };
    response.on('close', close);
    response.on('error', ignore);
    // A pipelined request's response has no socket yet, and is not told of its loss by older Nodes (26 tells it).
    if (response.socket === null) {
      socket.once('close', close);
      response.once('close', () => socket.off('close', close));
    }
  }

  /** The head of a stream was sent. */
  noteStream(socket: Socket): void {
    const connection = this.#open.get(socket);
    if (connection !== undefined) connection.streaming = true;
  }

  isStreaming(socket: object): boolean {
    return this.#open.get(socket)?.streaming === true;
  }

  #release(connection: Connection): void {
    connection.busy -= 1;
    connection.streaming = false;
    if (this.#draining && connection.busy <= 0) connection.socket.destroySoon();
  }

  /**
   * Ends idle connections now and each other one after its last answer. New ones may still come, for one answer; so one that
   * was made just now is not idle: its first request may be on its way.
   */
  endIdle(): void {
    this.#draining = true;
    for (const { socket, busy, used } of this.#open.values()) {
      if (busy === 0 && used) socket.destroySoon();
    }
  }

  /** Ends whatever is idle, and takes no new ones; resolves when none is left. */
  closeWhenIdle(): Promise<void> {
    this.#draining = true;
    this.#closing = true;
    for (const { socket, busy } of this.#open.values()) {
      if (busy === 0) socket.destroySoon();
    }
    this.#noticeEmpty();
    return this.#emptied.promise;
  }

  #noticeEmpty(): void {
    if (this.#closing && this.#open.size === 0) this.#emptied.resolve();
  }

  /** For when no other is left: whoever has not shaken hands by then is not waited for. */
  destroyUnready(): void {
    for (const socket of this.#raw) socket.destroy();
  }

  destroyAll(): void {
    this.destroyUnready();
    for (const { socket } of this.#open.values()) socket.destroy();
  }
}

/** Errors of a response are its socket's, whose close is what counts; unheard they would end the process. */
function ignore(): void {
  // Nothing to do.
}
