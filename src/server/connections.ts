// The sockets of the listener and how many requests are under way on each, so that closing lets every answer out to its
// last byte, ends what is idle at once, and can cut off the rest. Those that stay idle for too long it ends as well.
//
// Node's own `server.close()` is not used for this: it destroys connections whose answer was ended but not yet flushed. Nor is
// its keep-alive timeout, which sets a timer of the socket after each answer and clears it before the next; here one timer
// looks at all connections now and then.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { Timer, Timers } from '../core/platform/index.ts';

/** When a client is silent for this long its machine is asked, so that one that vanished is noticed. */
const TCP_KEEP_ALIVE_MS = 30_000;

/** How often it is looked for connections that are idle for too long. */
const LOOK_MS = 1_000;
/** Longer than clients are told, so that a request sent at the last moment still finds its connection. */
const IDLE_GRACE_MS = 1_000;

type Connection = {
  readonly socket: Socket;
  /** Requests under way. */
  busy: number;
  /** Whether it ever had one. */
  used: boolean;
  /** The count of looks at which its last answer ended. */
  idleSince: number;
  /** How many bytes had come by then. */
  bytesRead: number;
  /** In the middle of an answer, which nothing else may be written into. */
  streaming: boolean;
};

/** Who is told, once, that a response has been flushed or its socket is lost. */
export type Leaver = { leave(): void };

export class Connections {
  readonly #open = new Map<object, Connection>();
  #draining = false;
  #closing = false;
  readonly #emptied = Promise.withResolvers<void>();
  readonly #timers: Timers;
  /** Looks after which an idle connection goes; one more than the time has, since its first is cut short. */
  readonly #idleLooksMax: number;
  #looks = 0;
  #look: Timer | undefined;

  /** @param keepAliveMs How long clients are told that an idle connection is kept; 0 for as long as they like. */
  constructor(keepAliveMs: number, timers: Timers) {
    this.#timers = timers;
    this.#idleLooksMax =
      keepAliveMs === 0 ? Infinity : Math.ceil((keepAliveMs + IDLE_GRACE_MS) / LOOK_MS) + 1;
  }

  get count(): number {
    return this.#open.size;
  }

  add(socket: Socket): void {
    this.#open.set(socket, { socket, busy: 0, used: false, idleSince: 0, bytesRead: 0, streaming: false });
    // A client may pipeline any number of requests, and each waiting one listens for the socket's end.
    socket.setMaxListeners(0);
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
    socket.once('close', () => {
      this.#open.delete(socket);
      if (this.#open.size === 0) this.#endLook();
      this.#noticeEmpty();
    });
    if (this.#closing) socket.destroy();
  }

  /** As long as any is idle, and no longer. */
  #awaitLook(): void {
    if (this.#look !== undefined || this.#idleLooksMax === Infinity) return;
    this.#look = this.#timers.after(LOOK_MS, () => {
      this.#look = undefined;
      this.#looks += 1;
      let isAnyIdle = false;
      for (const { socket, busy, used, idleSince, bytesRead } of this.#open.values()) {
        if (busy > 0 || !used) continue;
        // What has begun to send its next request has the time for headers.
        const isLong = this.#looks - idleSince >= this.#idleLooksMax && socket.bytesRead === bytesRead;
        if (isLong) socket.destroy();
        else isAnyIdle = true;
      }
      if (isAnyIdle) this.#awaitLook();
    });
  }

  #endLook(): void {
    this.#look?.cancel();
    this.#look = undefined;
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
    if (connection.busy > 0) return;
    connection.idleSince = this.#looks;
    connection.bytesRead = connection.socket.bytesRead;
    if (this.#draining) connection.socket.destroySoon();
    else if (connection.socket.writable) this.#awaitLook();
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

  destroyAll(): void {
    for (const { socket } of this.#open.values()) socket.destroy();
  }
}

/** Errors of a response are its socket's, whose close is what counts; unheard they would end the process. */
function ignore(): void {
  // Nothing to do.
}
