// The reading half of a connection: from octets to heads and content, what is drained or discarded, when reading pauses,
// which deadline the peer has. It reports heads and troubles to the connection, which decides what follows.

import {
  COMPLETE,
  FRAMING_NONE,
  type HeadParser,
  NEED_MORE,
  readRequestHead,
} from "@hyperlane-ts/parser";
import { excerpt } from "./bad-connections.ts";
import type { Connection } from "./connection.ts";
import {
  advance,
  READING_NODES,
  type ReadingEvent,
  type ReadingState,
  type StateNode,
} from "./connection-state.ts";
import { ContentReceiver } from "./content-receiver.ts";
import { TransportError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { InputBuffer } from "./input-buffer.ts";
import { ReadingFlow } from "./reading-flow.ts";
import { readsHead, refusedStatus } from "./refusal.ts";
import { contentFault } from "./request-content.ts";

type Node = StateNode<ReadingState, ReadingEvent>;

const NEVER = Number.POSITIVE_INFINITY;

export class ReadingHalf {
  readonly input: InputBuffer = new InputBuffer();
  /** The content of the current request, or of the last one while its rest is drained. */
  receiver: ContentReceiver | undefined;
  /** The peer sent FIN; octets it sent before may still wait in `input`. */
  peerEnded = false;
  readonly #connection: Connection;
  #at: Node = READING_NODES.idle;
  /** Held while a head is being read, else the server's. */
  #parser: HeadParser | undefined;
  readonly #flow: ReadingFlow;
  /** Content nobody reads is being thrown away to keep the connection. */
  #draining = false;
  #drainLeft = 0;
  #lingerLeft: number;
  /** When the state began that the deadline belongs to, -1 until the turn's end. */
  sinceMs: number;

  constructor(connection: Connection, nowMs: number) {
    this.#connection = connection;
    this.#lingerLeft = connection.runtime.limits.lingerOctets;
    this.sinceMs = nowMs;
    this.#flow = new ReadingFlow(connection.transport);
  }

  get state(): ReadingState {
    return this.#at.name;
  }

  /** Octets arrived. Reports whether they are worth a turn. */
  receive(chunk: Uint8Array): boolean {
    if (this.#at.abandoned !== undefined) {
      this.input.append(chunk);
      return true;
    }
    // Nothing is parsed any more.
    if (this.#at.name === "discarding") this.#discard(chunk.length);
    return false;
  }

  /** One step. Reports whether another may be possible. */
  step(): boolean {
    switch (this.#at.name) {
      case "idle":
        return this.#connection.mayOpen() && this.#stepIdle();
      case "head":
        return this.#stepHead();
      case "content":
        return this.#draining ? this.#stepDrain() : this.#stepContent();
      case "discarding":
      case "stopped":
        if (this.peerEnded) this.#move(this.#at.peerEnded);
        return false;
      default:
        return false;
    }
  }

  #stepIdle(): boolean {
    if (this.input.octets > 0) {
      this.#move(this.#at.octetArrived);
      this.sinceMs = -1;
      return true;
    }
    if (this.peerEnded) {
      this.#move(this.#at.peerEnded);
      this.#connection.close("peerEnded");
    }
    return false;
  }

  // --- Heads

  #stepHead(): boolean {
    const { runtime } = this.#connection;
    const { input } = this;
    this.#parser ??= runtime.takeParser();
    const parser = this.#parser;
    let status = parser.push(input.bytes, input.start, input.end);
    while (status === NEED_MORE && input.extend()) {
      status = parser.push(input.bytes, input.start, input.end);
    }
    if (status === NEED_MORE) {
      input.compact();
      if (this.peerEnded) this.#headCutShort(parser.requestLineStarted);
      return false;
    }
    const head =
      status === COMPLETE
        ? readRequestHead(parser, input.bytes, input.start, runtime.headOptions)
        : undefined;
    if (head === undefined) {
      const { fault, faultOffset } = parser;
      const octets = () => excerpt(input.bytes, input.start, input.start + faultOffset);
      runtime.reportFault(this.#connection, fault, faultOffset, octets);
      this.#connection.refuse(refusedStatus(fault), "fault");
      return false;
    }
    this.#returnParser();
    input.consume(head.octets);
    if (head.framing === FRAMING_NONE) {
      this.receiver = undefined;
      this.#move(this.#at.headAlone);
    } else {
      this.receiver = new ContentReceiver(head, runtime.limits);
      this.#move(this.#at.headWithContent);
      if (this.receiver.complete) this.#move(this.#at.contentComplete);
    }
    this.#connection.open(head, this.receiver);
    return true;
  }

  /** FIN inside a head: answered when a request-line had begun (RFC 9112 §8). */
  #headCutShort(answered: boolean): void {
    if (answered) this.#connection.refuse(400, "peerEnded");
    else this.#connection.close("peerEnded");
    this.#move(this.#at.peerEnded);
  }

  #returnParser(): void {
    if (this.#parser === undefined) return;
    this.#parser.reset();
    this.#connection.runtime.giveParser(this.#parser);
    this.#parser = undefined;
  }

  /** Reports whether the method of the head under way is known to be HEAD. */
  get isHeadMethod(): boolean {
    return this.#parser !== undefined && readsHead(this.#parser, this.input);
  }

  // --- Content

  /** The peer is waited for: a reader wants content that has not come. */
  get isAwaited(): boolean {
    const exchange = this.#connection.exchange;
    return (
      this.#at.name === "content" && exchange?.reader?.wants === true && !exchange.readerDetached
    );
  }

  #stepContent(): boolean {
    const receiver = this.receiver!;
    const { input } = this;
    const exchange = this.#connection.exchange;
    if (exchange === undefined || !this.isAwaited) {
      if (this.peerEnded && receiver.declared >= 0 && receiver.outstanding(input) > 0) {
        this.#contentCutShort();
      }
      return false;
    }
    if (!exchange.committed) exchange.sendContinue();
    const reader = exchange.reader!;
    const piece = receiver.take(input);
    if (receiver.fault !== 0) {
      this.#refuseContent(receiver);
      return false;
    }
    if (receiver.complete) this.#move(this.#at.contentComplete);
    if (piece !== undefined) {
      receiver.progress(this.#connection.runtime.clock.now());
      reader.onPiece(piece, receiver.complete);
    }
    if (receiver.complete) {
      reader.onComplete();
      return true;
    }
    if (input.octets === 0 && this.peerEnded) {
      this.#contentCutShort();
      return false;
    }
    return piece !== undefined;
  }

  #refuseContent(receiver: ContentReceiver): void {
    this.#connection.runtime.reportFault(this.#connection, receiver.fault, receiver.faultOffset);
    const error = contentFault(receiver.fault, receiver.faultOffset);
    this.#connection.refuse(error.status, "fault", error);
  }

  /** FIN inside the content: the message is incomplete (RFC 9112 §8). An answer that has begun is still finished. */
  #contentCutShort(): void {
    const connection = this.#connection;
    const { exchange } = connection;
    exchange?.failContent(new TransportError("ERR_PEER_ENDED"));
    if (exchange === undefined) connection.close("peerEnded");
    else if (exchange.committed) connection.isLastAnswer = true;
    else connection.refuse(400, "peerEnded");
    this.#move(this.#at.peerEnded);
  }

  /**
   * Reports whether content is left behind that is not worth draining, when an answer's head is about to be written.
   * `isSettled`: nobody will begin to read any more. Until then nothing is thrown away.
   */
  leavesContent(exchange: Exchange, isSettled: boolean): boolean {
    const { receiver } = this;
    if (receiver === undefined || receiver.complete) return false;
    const isRead = exchange.reader !== undefined && !exchange.readerDetached;
    if (isRead && (exchange.continued || !exchange.head.expectContinue)) return false;
    if (receiver.declared >= 0 || !isSettled) return this.#isWorthNoDrain(receiver, exchange);
    // Of a chunked content only what has arrived can be known to be whole.
    while (receiver.take(this.input) !== undefined) {}
    if (!receiver.complete) return true;
    this.#move(this.#at.contentComplete);
    return false;
  }

  #isWorthNoDrain(receiver: ContentReceiver, exchange: Exchange): boolean {
    const outstanding = receiver.outstanding(this.input);
    // Whoever was not told to continue may or may not send the content: only closing is safe (RFC 9110 §10.1.1).
    if (exchange.head.expectContinue && !exchange.continued) return outstanding > 0;
    // How much chunks still hold nobody knows: as much is drained as the limit allows.
    if (receiver.declared < 0) return false;
    return receiver.remaining > this.#connection.runtime.limits.drainOctets;
  }

  /** The peer has sent FIN and nothing lies behind the request whose exchange is open. */
  get isLastRequest(): boolean {
    const { receiver } = this;
    // What lies behind chunks that have not been read cannot be told from them.
    const own = receiver === undefined || receiver.declared < 0 ? 0 : receiver.remaining;
    return this.peerEnded && this.input.octets <= own;
  }

  /** The exchange is over. Reports whether the connection goes on: false when too much content is left. */
  exchangeDone(exchange: Exchange): boolean {
    this.sinceMs = -1;
    if (this.#at.name === "received") {
      this.receiver = undefined;
      this.#move(this.#at.exchangeDone);
      return true;
    }
    if (this.#at.name !== "content") return false;
    const receiver = this.receiver!;
    if (this.#isWorthNoDrain(receiver, exchange)) return false;
    this.#draining = true;
    this.#drainLeft = this.#connection.runtime.limits.drainOctets;
    receiver.limit = NEVER;
    return true;
  }

  #stepDrain(): boolean {
    const receiver = this.receiver!;
    const connection = this.#connection;
    const piece = receiver.take(this.input);
    this.#drainLeft -= piece?.length ?? 0;
    if (receiver.complete) {
      this.#draining = false;
      this.receiver = undefined;
      this.#move(this.#at.contentComplete);
      this.#move(this.#at.exchangeDone);
      this.sinceMs = -1;
      return true;
    }
    if (receiver.fault !== 0) {
      connection.runtime.reportFault(connection, receiver.fault, receiver.faultOffset);
      connection.close("fault");
      return false;
    }
    if (this.#drainLeft < 0) connection.close("answered");
    else if (this.peerEnded && this.input.octets === 0) this.#contentCutShort();
    return this.#draining && piece !== undefined;
  }

  // --- The end

  /** Nothing is parsed any more; what arrives is thrown away within the linger budget. */
  abandon(): void {
    this.#draining = false;
    if (this.#at.abandoned !== undefined) this.#move(this.#at.abandoned);
    this.#discard(this.input.octets);
    this.input.clear();
  }

  lost(): void {
    this.#move(this.#at.lost);
    this.input.clear();
    this.#returnParser();
  }

  #discard(octets: number): void {
    this.#lingerLeft -= octets;
    if (this.#lingerLeft < 0 && this.#at.name === "discarding") {
      this.#move(this.#at.budgetSpent);
      this.#flow.pause();
    }
  }

  // --- At the end of a turn

  /** Pauses reading when enough is held that nobody takes, and goes on when it has been taken. */
  updateFlow(): void {
    if (this.#at.name === "ended" || this.#at.name === "stopped" || this.#at.name === "closed")
      return;
    const { runtime } = this.#connection;
    const readAheadOctets = runtime.isFull ? 1 : runtime.limits.readAheadOctets;
    const wantsMore = this.#at.name === "head" || this.#at.name === "discarding" || this.isAwaited;
    this.#flow.update(this.input.octets, readAheadOctets, wantsMore);
  }

  /** When the peer is overdue in the present state; `Infinity` when it is not waited for (READING_DEADLINES). */
  dueMs(nowMs: number): number {
    const { runtime, requests } = this.#connection;
    const { deadlines } = runtime;
    if (this.sinceMs < 0) this.sinceMs = nowMs;
    switch (this.#at.name) {
      case "idle": {
        // The last answer is not taken yet: idleness begins behind it, and the writing half's stall comes first.
        if (this.#connection.output.waiting) {
          this.sinceMs = nowMs;
          return nowMs + Math.max(deadlines.keepAliveMs, deadlines.writeStallMs);
        }
        let idleMs = requests === 0 ? deadlines.firstOctetMs : deadlines.keepAliveMs;
        if (runtime.draining) idleMs = Math.min(idleMs, runtime.drainIdleMs);
        return this.sinceMs + idleMs;
      }
      case "head":
        return this.sinceMs + deadlines.headMs;
      case "content": {
        if (this.#draining) return this.sinceMs + deadlines.lingerMs;
        const receiver = this.receiver!;
        if (this.isAwaited) receiver.willing(nowMs);
        else receiver.unwilling(nowMs);
        return receiver.deadlineMs(deadlines);
      }
      default:
        return NEVER;
    }
  }

  /** The deadline has passed. */
  overdue(): void {
    const connection = this.#connection;
    const { runtime } = connection;
    switch (this.#at.name) {
      case "idle":
        // A request waits for its turn.
        if (this.input.octets > 0) break;
        if (runtime.draining) connection.close("shutdown");
        else connection.close(connection.requests === 0 ? "firstOctetTimeout" : "keepAliveTimeout");
        break;
      case "head":
        runtime.reportOverdue(connection, "requestTimeout");
        if (this.#parser?.requestLineStarted) connection.refuse(408, "requestTimeout");
        else connection.close("requestTimeout");
        break;
      case "content":
        runtime.reportOverdue(connection, this.#draining ? "drainTimeout" : "requestTimeout");
        if (this.#draining) connection.cut("drainTimeout");
        else connection.refuse(408, "requestTimeout");
        break;
      default:
        break;
    }
  }

  #move(next: Node | undefined): void {
    this.#at = advance(this.#at, next);
  }
}
