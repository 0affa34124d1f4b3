// One connection: orders exchanges between its two halves, decides persistence, answers in the server's own name, closes.
//
// Everything happens in turns: an event (octets, drain, FIN, a handler that settles, a deadline) is worked off as far as
// it goes, then the output is flushed once, and reading and deadlines are brought up to date.

import type { RequestHead } from "@hyperlane-ts/parser";
import { recordRefusal } from "./access-record.ts";
import type { CloseReason } from "./close-reason.ts";
import type { ConnectionRuntime } from "./connection-runtime.ts";
import { ConnectionWatch } from "./connection-watch.ts";
import type { ContentReceiver } from "./content-receiver.ts";
import { TransportError } from "./errors.ts";
import { Exchange } from "./exchange.ts";
import { FairShare } from "./fair-share.ts";
import type { OutputQueue } from "./output-queue.ts";
import { ReadingHalf } from "./reading-half.ts";
import { refusal } from "./refusal.ts";
import type { Transport, TransportEvents } from "./transport.ts";
import { WritingHalf } from "./writing-half.ts";

function flushHeld(connection: Connection): void {
  connection.flushHeld();
}

function goOn(connection: Connection): void {
  connection.share.renew();
  connection.turn();
}

export class Connection implements TransportEvents {
  readonly runtime: ConnectionRuntime;
  readonly transport: Transport;
  readonly reading: ReadingHalf;
  readonly writing: WritingHalf;
  readonly share: FairShare = new FairShare();
  readonly watch: ConnectionWatch;
  /** The exchange that is open, at most one. */
  exchange: Exchange | undefined;
  /** No further request: the answer under way is the last. */
  isLastAnswer = false;
  /** Requests whose heads were accepted. */
  requests = 0;
  /** Handlers at work: one, or more when refused exchanges left theirs behind. */
  handlers = 0;
  /** Octets received so far. */
  octetsIn = 0;
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
  /** Answers are held back until the runtime polls. */
  #flushIsScheduled = false;
  /** It has more to write than its share, and waits for its turn. */
  #flushesMore = false;

  constructor(runtime: ConnectionRuntime, transport: Transport) {
    runtime.wheel.add();
    const now = runtime.wheel.readClock();
    this.runtime = runtime;
    this.transport = transport;
    this.reading = new ReadingHalf(this, now);
    this.writing = new WritingHalf(transport, runtime.limits.writeSliceOctets);
    this.#requestsMax = runtime.drawBound(runtime.limits.requestsPerConnection);
    this.#lastsUntilMs = now + runtime.drawBound(runtime.deadlines.connectionAgeMs);
    this.watch = new ConnectionWatch(this, now);
  }

  get output(): OutputQueue {
    return this.writing.output;
  }

  /** No exchange is open, its answer has been taken, and no octet of a request has arrived. */
  get isIdle(): boolean {
    const { reading, writing } = this;
    if (reading.state !== "idle" || writing.state !== "idle") return false;
    return reading.input.octets === 0 && this.output.octets === 0 && !this.output.waiting;
  }

  /** Since when it has been idle, if it is. */
  get idleSinceMs(): number {
    return this.reading.sinceMs;
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
    this.octetsIn += chunk.length;
    if (!this.reading.receive(chunk)) return;
    if (!this.share.isSpent) this.share.renew();
    this.turn();
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
    this.watch.end();
    this.#closeReason ??= cause === undefined && this.reading.peerEnded ? "peerEnded" : "lost";
    this.reading.lost();
    this.writing.lost();
    this.exchange?.abortBy(this.#closeReason, cause);
    this.exchange = undefined;
    this.onLost?.();
    this.onLost = undefined;
    runtime.closed(this, this.#closeReason);
    this.onTurned?.();
  }

  /** The peer has not sent in time. */
  readOverdue(): void {
    this.reading.overdue();
    this.turn();
  }

  /** The peer has not taken, or not gone, in time; or a handler has not answered. */
  writeOverdue(): void {
    switch (this.writing.waitsFor) {
      case "linger":
        this.transport.destroy();
        break;
      case "handler":
        this.runtime.reportOverdue(this, "handlerTimeout");
        this.refuse(503, "handlerTimeout");
        this.turn();
        break;
      default:
        this.stalled("writeStall");
    }
  }

  /** The peer takes nothing: nobody would see a FIN. */
  stalled(reason: CloseReason): void {
    this.runtime.reportOverdue(this, reason);
    this.#abort(reason);
    this.transport.reset();
  }

  // --- Turns

  /** Works off what has arrived, as far as it goes, then brings output, reading and deadlines up to date. */
  turn(): void {
    if (this.#inTurn || this.#cut || this.writing.state === "closed") return;
    this.#inTurn = true;
    try {
      do {
        while (this.reading.step() || this.#completeExchange()) {}
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
    if (this.writing.hasMore && !this.#flushIsScheduled && !this.#flushesMore) {
      this.#flushesMore = true;
      this.runtime.flushes.add(this);
    }
    this.watch.update();
  }

  /** It is this connection's turn to write more. */
  flushMore(): void {
    this.#flushesMore = false;
    this.turn();
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

  /**
   * Whether a next request may be begun: the last one is answered, its answer is not stuck, and the connection has not
   * used up its share of this turn of the event loop.
   */
  mayOpen(): boolean {
    const { output, share } = this;
    if (this.writing.state !== "idle" || output.waiting) return false;
    if (output.octets >= this.runtime.limits.writeSliceOctets) return false;
    if (this.reading.input.octets === 0) return true;
    if (share.isSpent) return false;
    if (share.allows()) return true;
    setImmediate(goOn, this);
    return false;
  }

  /** Whether a flush made room for requests that wait in the buffer. */
  #mayGoOn(): boolean {
    return this.reading.state === "idle" && this.reading.input.octets > 0 && this.mayOpen();
  }

  // --- Exchanges

  /** A head was accepted: opens its exchange. */
  open(head: RequestHead, receiver: ContentReceiver | undefined): void {
    const { runtime } = this;
    this.requests++;
    this.handlers++;
    this.writing.exchangeOpened();
    this.share.take();
    runtime.idle.remove(this.watch);
    const exchange = new Exchange(this, head, receiver);
    this.exchange = exchange;
    if (this.reading.peerEnded) exchange.fireSignal(new TransportError("ERR_PEER_ENDED"));
    runtime.begin(exchange);
  }

  /** A handler goes on by itself: it may ask for the address when the peer has gone and the runtime no longer knows it. */
  keepAddress(): void {
    this.#remoteAddress ??= this.transport.remoteAddress;
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
      runtime.closesBehindAnswers ||
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
    const { exchange, runtime } = this;
    if (contentError !== undefined) exchange?.failContent(contentError);
    if (exchange?.committed) {
      this.cut(reason);
      return;
    }
    const isHead = exchange === undefined ? this.reading.isHeadMethod : exchange.isHead;
    const answer = refusal(runtime.headWriter, status, isHead, runtime.wheel.nowMs);
    this.output.text(answer);
    this.isLastAnswer = true;
    this.#closeReason ??= reason;
    this.exchange = undefined;
    if (exchange === undefined) recordRefusal(this, status, reason, answer.length);
    else exchange.abortBy(this.#closeReason, undefined, status);
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
    this.runtime.idle.remove(this.watch);
    this.writing.move(this.writing.at.closing);
    this.reading.abandon();
  }

  /** Closes an idle connection in order. */
  closeIdle(reason: CloseReason): void {
    this.close(reason);
    this.turn();
  }

  /** Closes now to make room: the connection does not count any more when this returns. */
  evict(): void {
    this.cut("evicted");
    this.runtime.closed(this, "evicted");
  }

  /** Closes now. What is under way is lost. */
  cut(reason: CloseReason): void {
    this.#abort(reason);
    this.transport.destroy();
  }

  #abort(reason: CloseReason): void {
    this.#closeReason ??= reason;
    this.runtime.idle.remove(this.watch);
    this.#cut = true;
    this.reading.abandon();
    // Answers given before are whole and go out; of the one under way nothing more does.
    const { exchange, output } = this;
    if (exchange !== undefined) {
      output.truncate(Math.max(0, exchange.octetsBefore - output.octetsOut));
    }
    output.flush();
    output.clear();
    this.exchange?.abortBy(this.#closeReason);
  }
}
