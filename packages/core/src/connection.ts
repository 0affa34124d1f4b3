// One connection: orders exchanges between its two halves, decides persistence, answers in the server's own name, closes.
//
// Everything happens in turns: an event (octets, drain, FIN, a handler that settles, a deadline) is worked off as far as
// it goes, then the output is flushed once, and reading and deadlines are brought up to date.

import type { RequestHead } from "@hyperlane-ts/parser";
import type { CloseReason, ConnectionRuntime } from "./connection-runtime.ts";
import type { ContentReceiver } from "./content-receiver.ts";
import type { WheelEntry } from "./deadline-wheel.ts";
import { TransportError } from "./errors.ts";
import { Exchange } from "./exchange.ts";
import { promiseOf } from "./handler-result.ts";
import type { OutputQueue } from "./output-queue.ts";
import { ReadingHalf } from "./reading-half.ts";
import { refusal } from "./refusal.ts";
import type { Response } from "./response.ts";
import type { OutgoingFraming } from "./response-head.ts";
import type { Transport, TransportEvents } from "./transport.ts";
import { WritingHalf } from "./writing-half.ts";

function flushHeld(connection: Connection): void {
  connection.flushHeld();
}

export class Connection implements TransportEvents, WheelEntry {
  readonly runtime: ConnectionRuntime;
  readonly transport: Transport;
  readonly reading: ReadingHalf;
  readonly writing: WritingHalf;
  /** The exchange that is open, at most one. */
  exchange: Exchange | undefined;
  /** No further request: the answer under way is the last. */
  isLastAnswer = false;
  /** Requests whose heads were accepted. */
  requests = 0;
  /** Handlers at work: one, or more when refused exchanges left theirs behind. */
  handlers = 0;
  #remoteAddress: string | undefined;
  /** Called when the connection is lost while a streamed content waits for its source. */
  onLost: (() => void) | undefined;
  /** Called at the end of each turn. */
  onTurned: (() => void) | undefined;
  readonly #requestsMax: number;
  readonly #lastsUntilMs: number;
  #closeReason: CloseReason | undefined;
  #inTurn = false;
  #cut = false;
  #flushIsScheduled = false;
  #readDueMs: number;
  #writeDueMs: number = Number.POSITIVE_INFINITY;

  deadlineMs: number = Number.POSITIVE_INFINITY;
  wheelTick = -1;
  wheelNext: WheelEntry | undefined;
  wheelPrevious: WheelEntry | undefined;

  constructor(runtime: ConnectionRuntime, transport: Transport) {
    runtime.wheel.add();
    const now = runtime.wheel.readClock();
    this.runtime = runtime;
    this.transport = transport;
    this.reading = new ReadingHalf(this, now);
    this.writing = new WritingHalf(transport, runtime.limits.writeSliceOctets);
    this.#requestsMax = runtime.drawBound(runtime.limits.requestsPerConnection);
    this.#lastsUntilMs = now + runtime.drawBound(runtime.deadlines.connectionAgeMs);
    this.#readDueMs = now + runtime.deadlines.firstOctetMs;
    runtime.wheel.arm(this, this.#readDueMs);
  }

  get output(): OutputQueue {
    return this.writing.output;
  }

  /** No exchange is open, its answer has been taken, and no octet of a request has arrived. */
  get isIdle(): boolean {
    const { reading, writing } = this;
    if (reading.state !== "idle" || writing.state !== "idle") return false;
    return reading.input.octets === 0 && !this.output.waiting;
  }

  /** Octets received and not taken by a handler, and octets the transport has queued. */
  get bufferedOctets(): number {
    return this.reading.input.octets + this.transport.pendingBytes;
  }

  /** The peer's IP address as the runtime gives it; asking costs a system call on Node. */
  get remoteAddress(): string | undefined {
    return this.#remoteAddress ?? this.transport.remoteAddress;
  }

  /** Octets given to the output so far. */
  get octetsOut(): number {
    return this.output.octetsOut + this.output.octets;
  }

  // --- Events of the transport

  onData(chunk: Uint8Array): void {
    if (this.reading.receive(chunk)) this.turn();
  }

  onDrain(): void {
    this.writing.drained();
    this.turn();
  }

  onEnd(): void {
    if (this.reading.peerEnded) return;
    this.reading.peerEnded = true;
    this.exchange?.fireSignal(new TransportError("ERR_PEER_ENDED"));
    this.turn();
  }

  onClose(cause?: Error): void {
    if (this.writing.state === "closed") return;
    const { runtime } = this;
    runtime.wheel.remove(this);
    this.#closeReason ??= cause === undefined && this.reading.peerEnded ? "peerEnded" : "lost";
    this.reading.lost();
    this.writing.lost();
    this.exchange?.abortBy(this.#abortError(cause));
    this.exchange = undefined;
    this.onLost?.();
    this.onLost = undefined;
    runtime.closed(this, this.#closeReason);
    this.onTurned?.();
  }

  onDeadline(horizonMs: number): void {
    if (this.#writeDueMs <= horizonMs) {
      if (this.writing.state === "lingering") this.transport.destroy();
      else this.#stalled();
      return;
    }
    if (this.#readDueMs <= horizonMs) this.reading.overdue();
    this.turn();
  }

  /** The peer takes nothing: nobody would see a FIN. */
  #stalled(): void {
    this.#abort("writeStall");
    this.transport.reset();
  }

  // --- Turns

  /** Works off what has arrived, as far as it goes, then brings output, reading and deadlines up to date. */
  turn(): void {
    if (this.#inTurn || this.#cut || this.writing.state === "closed") return;
    this.#inTurn = true;
    try {
      do {
        while (this.reading.step(this.#mayOpen()) || this.#completeExchange()) {}
        if (this.#holdsAnswers()) break;
        this.writing.flush();
      } while (this.#completeExchange() || this.#mayGoOn());
      this.writing.finish();
    } catch (error) {
      this.runtime.reportThrown(error, this.exchange?.context, false);
      this.cut("internal");
    }
    this.#inTurn = false;
    if (!this.#cut) this.#endTurn();
    this.onTurned?.();
  }

  #endTurn(): void {
    if (this.reading.state === "ended" && this.writing.state === "lingering") {
      this.transport.destroy();
      return;
    }
    this.reading.updateFlow();
    this.#updateDeadlines();
  }

  #updateDeadlines(): void {
    const now = this.runtime.wheel.readClock();
    const readDueMs = this.reading.dueMs(now);
    const writeDueMs = this.writing.dueMs(now, this.runtime.deadlines);
    this.#readDueMs = readDueMs;
    this.#writeDueMs = writeDueMs;
    this.runtime.wheel.arm(this, Math.min(readDueMs, writeDueMs));
  }

  /**
   * Whether answers wait for the one after them: its handler may finish before the runtime polls again, and then they
   * leave in one write. Waits no longer than that.
   */
  #holdsAnswers(): boolean {
    const { exchange, output } = this;
    if (output.octets === 0 || exchange === undefined || exchange.committed) return false;
    if (this.reading.isAwaited || output.octets >= this.runtime.limits.writeSliceOctets)
      return false;
    if (!this.#flushIsScheduled) {
      this.#flushIsScheduled = true;
      setImmediate(flushHeld, this);
    }
    return true;
  }

  /** The runtime is about to poll: what was held goes out. */
  flushHeld(): void {
    this.#flushIsScheduled = false;
    if (this.#cut || this.writing.state === "closed") return;
    this.writing.flush();
    this.turn();
  }

  /** Whether a next request may be begun: the last one is answered and its answer is not stuck. */
  #mayOpen(): boolean {
    return (
      this.writing.state === "idle" &&
      !this.output.waiting &&
      this.output.octets < this.runtime.limits.writeSliceOctets
    );
  }

  /** Whether a flush made room for requests that wait in the buffer. */
  #mayGoOn(): boolean {
    return this.reading.state === "idle" && this.reading.input.octets > 0 && this.#mayOpen();
  }

  // --- Exchanges

  /** A head was accepted: opens its exchange and runs the handler. */
  open(head: RequestHead, receiver: ContentReceiver | undefined): void {
    const { runtime } = this;
    this.requests++;
    this.handlers++;
    this.writing.move(this.writing.at.exchangeOpened);
    const exchange = new Exchange(this, head, receiver);
    this.exchange = exchange;
    if (this.reading.peerEnded) exchange.fireSignal(new TransportError("ERR_PEER_ENDED"));
    runtime.handlerStarted();
    let result: Promise<unknown> | undefined;
    try {
      result = promiseOf(runtime.handle(exchange));
    } catch (thrown) {
      exchange.fail(thrown);
      return;
    }
    if (result === undefined) {
      exchange.settle();
      return;
    }
    // The handler may ask for the address when the peer has gone and the runtime no longer knows it.
    this.#remoteAddress ??= this.transport.remoteAddress;
    result.then(
      () => exchange.settle(),
      (thrown: unknown) => exchange.fail(thrown),
    );
  }

  /** A chain has settled, perhaps of an exchange that is over. */
  handlerDone(): void {
    this.handlers--;
    this.runtime.handlerDone();
  }

  /** The exchange settled, wrote its last octet, or its reader moved: goes on with whatever that allows. */
  moved(exchange: Exchange): void {
    if (this.exchange === exchange) this.turn();
    else this.onTurned?.();
  }

  /** Ends the exchange when it is over. An answer that fits one slice counts as handed over: this turn flushes it. */
  #completeExchange(): boolean {
    const { exchange, output } = this;
    if (exchange === undefined || !exchange.written || this.writing.state !== "sending")
      return false;
    if (output.octets > 0) {
      if (output.waiting || output.octets > this.runtime.limits.writeSliceOctets) return false;
    }
    exchange.handedOver();
    if (!exchange.settled) return false;
    this.exchange = undefined;
    this.onLost = undefined;
    exchange.leaveContent();
    this.writing.move(this.writing.at.responseDone);
    const goesOn = this.reading.exchangeDone(exchange);
    if (this.isLastAnswer || !goesOn) this.close("answered");
    return true;
  }

  /** The head of a response as text, dated now. */
  headText(response: Response, framing: OutgoingFraming, octets: number, option: string): string {
    return this.runtime.headWriter.text(
      response,
      framing,
      octets,
      option,
      this.runtime.wheel.nowMs,
    );
  }

  /** The final response's head goes out now. */
  headWritten(): void {
    this.writing.move(this.writing.at.headWritten);
  }

  /** Resolves when the output takes more, or the connection is gone. */
  writable(): Promise<void> {
    return this.writing.writable();
  }

  /**
   * Decides whether the connection closes behind the answer whose head is written now (RFC 9112 §9.3). `isSettled`:
   * whoever could read the request's content has had its chance.
   */
  closesAfter(exchange: Exchange, asked: boolean, isSettled: boolean): boolean {
    const { runtime, reading } = this;
    this.isLastAnswer ||=
      asked ||
      !exchange.head.persistent ||
      runtime.draining ||
      this.requests >= this.#requestsMax ||
      runtime.wheel.nowMs >= this.#lastsUntilMs ||
      reading.leavesContent(exchange, isSettled) ||
      reading.isLastRequest;
    return this.isLastAnswer;
  }

  // --- Closing

  /**
   * Answers in the server's own name and closes; cuts when an answer has begun already. A reader of content fails with
   * `contentError`, by default with the error that `reason` stands for.
   */
  refuse(status: number, reason: CloseReason, contentError?: Error): void {
    const { exchange } = this;
    const { headWriter, wheel } = this.runtime;
    if (contentError !== undefined) exchange?.failContent(contentError);
    if (exchange?.committed) {
      this.cut(reason);
      return;
    }
    const isHead = exchange === undefined ? this.reading.isHeadMethod : exchange.isHead;
    this.output.text(refusal(headWriter, status, isHead, wheel.nowMs));
    this.isLastAnswer = true;
    this.#closeReason ??= reason;
    if (exchange !== undefined) {
      this.exchange = undefined;
      exchange.abortBy(this.#abortError(undefined));
    }
    this.writing.move(this.writing.at.headWritten);
    this.close(reason);
  }

  /** No further request is taken, although the answer under way did not say so. */
  closeBehindAnswer(reason: CloseReason): void {
    this.#closeReason ??= reason;
    this.isLastAnswer = true;
  }

  /** Closes in order: what is queued goes out, then FIN, then the peer's FIN is waited for (RFC 9112 §9.6). */
  close(reason: CloseReason): void {
    this.#closeReason ??= reason;
    this.writing.move(this.writing.at.closing);
    this.reading.abandon();
  }

  /** Closes now. What is under way is lost. */
  cut(reason: CloseReason): void {
    this.#abort(reason);
    this.transport.destroy();
  }

  #abort(reason: CloseReason): void {
    this.#closeReason ??= reason;
    this.#cut = true;
    this.reading.abandon();
    // Answers given before are whole and go out; of the one under way nothing more does.
    const { exchange, output } = this;
    if (exchange !== undefined) {
      output.truncate(Math.max(0, exchange.octetsBefore - output.octetsOut));
    }
    output.flush();
    output.clear();
    this.exchange?.abortBy(this.#abortError(undefined));
  }

  #abortError(cause: Error | undefined): TransportError {
    switch (this.#closeReason) {
      case "forced":
        return new TransportError("ERR_FORCED_CLOSE");
      case "fault":
        return new TransportError("ERR_REQUEST_REFUSED");
      case "peerEnded":
        return new TransportError("ERR_PEER_ENDED");
      case "writeStall":
      case "requestTimeout":
      case "drainTimeout":
        return new TransportError("ERR_DEADLINE");
      case "handlerThrew":
        return new TransportError("ERR_RESPONSE_ABORTED");
      default:
        return new TransportError("ERR_CONNECTION_LOST", cause);
    }
  }
}
