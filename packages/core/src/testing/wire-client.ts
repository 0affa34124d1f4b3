// The client's end of one connection, as the player of transcripts sees it. Types only: one implementation is in memory,
// others are sockets.

export interface WireClient {
  /** Sends octets. Resolves when they are on their way and the server has had a chance to take them in. */
  send(octets: Uint8Array): Promise<void>;
  /** Sends FIN; receiving goes on. */
  end(): void;
  /** Everything the server has sent. */
  readonly octets: Uint8Array;
  /** The server has sent FIN. */
  readonly ended: boolean;
  /** The connection is gone: reset, or closed at both ends. A socket learns of it only by a reset or its own FIN. */
  readonly gone: boolean;
  /** Resolves after the next change of `octets`, `ended` or `gone`; rejects when none comes. */
  changed(): Promise<void>;
  /** Resolves when the server has most likely done all it is going to do by itself. */
  rest(): Promise<void>;
  /** Moves the server's clock. Absent where its time is the real one. */
  advance?(ms: number): void;
  /** Gives the connection up. */
  destroy(): void;
}
