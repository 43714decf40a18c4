// The sockets of the listener and how many requests are under way on each, so that closing lets every answer out to its
// last byte, ends what is idle at once, and can cut off the rest.
//
// Node's own `server.close()` is not used for this: it destroys connections whose answer was ended but not yet flushed.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export class Connections {
  readonly #busy = new Map<Socket, number>();
  /** Sockets in the middle of an answer, which nothing else may be written into. */
  readonly #streaming = new WeakSet<object>();
  #closing = false;
  readonly #emptied = Promise.withResolvers<void>();

  get count(): number {
    return this.#busy.size;
  }

  add(socket: Socket): void {
    this.#busy.set(socket, 0);
    // A client may pipeline any number of requests, and each waiting one listens for the socket's end.
    socket.setMaxListeners(0);
    socket.once('close', () => {
      this.#busy.delete(socket);
      this.#noticeEmpty();
    });
    if (this.#closing) socket.destroy();
  }

  /** Calls back once, when the response has been flushed or its socket is lost. */
  track(request: IncomingMessage, response: ServerResponse, onClose: () => void): void {
    const { socket } = request;
    this.#busy.set(socket, (this.#busy.get(socket) ?? 0) + 1);
    let over = false;
    const close = (): void => {
      if (over) return;
      over = true;
      onClose();
      this.#release(socket);
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
    this.#streaming.add(socket);
  }

  isStreaming(socket: object): boolean {
    return this.#streaming.has(socket);
  }

  #release(socket: Socket): void {
    const busy = this.#busy.get(socket);
    if (busy === undefined) return;
    this.#busy.set(socket, busy - 1);
    this.#streaming.delete(socket);
    if (this.#closing && busy <= 1) socket.destroySoon();
  }

  /** Ends idle connections now and each other one after its last answer; resolves when none is left. */
  closeWhenIdle(): Promise<void> {
    this.#closing = true;
    for (const [socket, busy] of this.#busy) {
      if (busy === 0) socket.destroySoon();
    }
    this.#noticeEmpty();
    return this.#emptied.promise;
  }

  #noticeEmpty(): void {
    if (this.#closing && this.#busy.size === 0) this.#emptied.resolve();
  }

  destroyAll(): void {
    for (const socket of this.#busy.keys()) socket.destroy();
  }
}

/** Errors of a response are its socket's, whose close is what counts; unheard they would end the process. */
function ignore(): void {
  // Nothing to do.
}
