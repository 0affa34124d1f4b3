// The states of a connection's two halves, which event leads where, and which deadline each state has. This file does
// not know sockets, clocks or messages. An event a state has no row for is an error of ours, not the peer's.

export type ReadingState =
  /** No octet of a next request has arrived. */
  | "idle"
  /** A head has begun. */
  | "head"
  /** The head is whole, content is still to come. */
  | "content"
  /** The request is whole, its exchange goes on. */
  | "received"
  /** Nothing is parsed any more; octets are thrown away, up to the linger budget. */
  | "discarding"
  /** The linger budget is used up: reading has stopped, the connection stays. */
  | "stopped"
  /** The peer sent FIN and all it sent before has been used. */
  | "ended"
  /** Final. */
  | "closed";

export type ReadingEvent =
  | "octetArrived"
  | "headWithContent"
  | "headAlone"
  | "contentComplete"
  | "exchangeDone"
  | "abandoned"
  | "budgetSpent"
  | "peerEnded"
  | "lost";

export type WritingState =
  /** No answer is due. */
  | "idle"
  /** A handler is at work, no octet of its final response has been written. */
  | "awaiting"
  /** The final response's head is written, content may follow. */
  | "sending"
  /** The last response is written and the connection closes: waiting for the transport to take it all. */
  | "flushing"
  /** FIN is sent; waiting for the peer's. */
  | "lingering"
  /** Final. */
  | "closed";

export type WritingEvent =
  | "exchangeOpened"
  | "headWritten"
  | "responseDone"
  | "closing"
  | "finSent"
  | "lost";

export type Transitions<State extends string, Event extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Event, State>>>>
>;

export const READING: Transitions<ReadingState, ReadingEvent> = {
  idle: {
    octetArrived: "head",
    abandoned: "discarding",
    peerEnded: "ended",
    lost: "closed",
  },
  head: {
    headWithContent: "content",
    headAlone: "received",
    abandoned: "discarding",
    peerEnded: "ended",
    lost: "closed",
  },
  content: {
    contentComplete: "received",
    abandoned: "discarding",
    peerEnded: "ended",
    lost: "closed",
  },
  received: { exchangeDone: "idle", abandoned: "discarding", lost: "closed" },
  discarding: { budgetSpent: "stopped", peerEnded: "ended", lost: "closed" },
  stopped: { peerEnded: "ended", lost: "closed" },
  ended: { lost: "closed" },
  closed: {},
};

export const WRITING: Transitions<WritingState, WritingEvent> = {
  idle: {
    exchangeOpened: "awaiting",
    headWritten: "sending",
    closing: "flushing",
    lost: "closed",
  },
  awaiting: { headWritten: "sending", closing: "flushing", lost: "closed" },
  sending: { responseDone: "idle", closing: "flushing", lost: "closed" },
  flushing: { finSent: "lingering", lost: "closed" },
  lingering: { lost: "closed" },
  closed: {},
};

export type DeadlineName =
  | "firstOctet"
  | "keepAlive"
  | "head"
  | "content"
  | "drain"
  | "writeStall"
  | "handler"
  | "linger";

/**
 * Which deadlines a state may have armed; the code arms one of them, or none where "none" is listed. Every state that
 * waits for the peer has at least one without "none".
 */
export const READING_DEADLINES: Readonly<Record<ReadingState, readonly (DeadlineName | "none")[]>> =
  {
    idle: ["firstOctet", "keepAlive"],
    head: ["head"],
    // "none": the handler does not want content now, so the peer is not waited for.
    content: ["content", "drain", "none"],
    received: ["none"],
    // The writing half's stall or linger deadline covers both halves from here on.
    discarding: ["none"],
    stopped: ["none"],
    ended: ["none"],
    closed: ["none"],
  };

export const WRITING_DEADLINES: Readonly<Record<WritingState, readonly (DeadlineName | "none")[]>> =
  {
    // "none": the transport has taken the last answer whole.
    idle: ["writeStall", "none"],
    // "none": a handler at work with handlerMs off; the only such state.
    awaiting: ["handler", "writeStall", "none"],
    // "none": the transport has taken everything, the handler's next piece is waited for.
    sending: ["writeStall", "none"],
    flushing: ["writeStall"],
    lingering: ["linger"],
    closed: ["none"],
  };

/** A state as the code holds it: its name, and for each event the state it leads to. */
export type StateNode<State extends string, Event extends string> = {
  readonly name: State;
} & { readonly [E in Event]: StateNode<State, Event> | undefined };

const READING_EVENTS: readonly ReadingEvent[] = [
  "octetArrived",
  "headWithContent",
  "headAlone",
  "contentComplete",
  "exchangeDone",
  "abandoned",
  "budgetSpent",
  "peerEnded",
  "lost",
];

const WRITING_EVENTS: readonly WritingEvent[] = [
  "exchangeOpened",
  "headWritten",
  "responseDone",
  "closing",
  "finSent",
  "lost",
];

/**
 * Links a table's states to each other. All nodes have the same properties in the same order, so that a move is one
 * property load: looking names up in the table cost 86 ns for the six moves of an exchange, this 5 (Node 26).
 */
function link<State extends string, Event extends string>(
  table: Transitions<State, Event>,
  events: readonly Event[],
): Readonly<Record<State, StateNode<State, Event>>> {
  const names = Object.keys(table) as State[];
  const nodes: Record<string, Record<string, unknown>> = {};
  for (const name of names) {
    const node: Record<string, unknown> = { name };
    for (const event of events) node[event] = undefined;
    nodes[name] = node;
  }
  for (const name of names) {
    for (const event of events) {
      const next = table[name][event];
      if (next !== undefined) nodes[name]![event] = nodes[next];
    }
  }
  return nodes as unknown as Record<State, StateNode<State, Event>>;
}

export const READING_NODES: Readonly<Record<ReadingState, StateNode<ReadingState, ReadingEvent>>> =
  link(READING, READING_EVENTS);

export const WRITING_NODES: Readonly<Record<WritingState, StateNode<WritingState, WritingEvent>>> =
  link(WRITING, WRITING_EVENTS);

/** The node a move leads to; throws when the table does not have the move. */
export function advance<Node extends { readonly name: string }>(
  at: Node,
  next: Node | undefined,
): Node {
  if (next === undefined) {
    throw new Error(`Cannot advance the connection: state ${at.name} has no such move`);
  }
  return next;
}
