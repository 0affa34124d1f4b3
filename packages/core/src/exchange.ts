// One exchange: a request, its handler's run, the response's way out. Commits the response once; the connection decides
// what becomes of itself and carries the octets.

import type { RequestHead } from "@hyperlane-ts/parser";
import { AccessRecord } from "./access-record.ts";
import { abortErrorOf, type CloseReason } from "./close-reason.ts";
import type { Connection } from "./connection.ts";
import type { ContentReceiver } from "./content-receiver.ts";
import { Context, type ContextHost, type ExchangeReport } from "./context.ts";
import { type Deferred, deferred, quiet } from "./deferred.ts";
import { HttpError, type TransportError } from "./errors.ts";
import { latin1Octets } from "./field-value.ts";
import { promiseOf } from "./handler-result.ts";
import type { Logger } from "./logger.ts";
import { Request, type RequestHost } from "./request.ts";
import type { ContentReader } from "./request-content.ts";
import { requestIdFrom } from "./request-id.ts";
import { Response } from "./response.ts";
import {
  asksToClose,
  type OutgoingContent,
  outgoingContent,
  outgoingFraming,
  sendsContent,
} from "./response-head.ts";
import { cancelStream, sendStream } from "./response-stream.ts";
import { reasonPhrase } from "./status.ts";

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
const DISCARDED = "Cannot read the content: it was discarded when the response was sent";

export class Exchange implements RequestHost, ContextHost {
  readonly connection: Connection;
  readonly head: RequestHead;
  readonly receiver: ContentReceiver | undefined;
  readonly context: Context<never>;
  response: Response;
  /** The current or last reader of the content; `undefined` when nobody has begun to read. */
  reader: ContentReader | undefined;
  /** The reader has stopped before the end. */
  readerDetached = false;
  /** 100 (Continue) has been sent. */
  continued = false;
  /** The final response's head has been handed to the output. */
  committed = false;
  /** Every octet of the response has been handed to the output. */
  written = false;
  /** The handler's chain has settled. */
  settled = false;
  /** Why the exchange ended before its answer did. */
  aborted: TransportError | undefined;
  /** `connection.octetsOut` when the exchange opened. */
  readonly octetsBefore: number;
  /** Made when somebody asks for it. */
  #request: Request | undefined;
  #abort: AbortController | undefined;
  /** The signal must fire as soon as somebody asks for it. */
  #signalReason: TransportError | undefined;
  /** The last value that `rejectedInside` reported. */
  #rejectedInside: unknown;
  /** Why the content will not come whole. */
  #contentError: Error | undefined;
  #sent: Deferred<void> | undefined;
  #finished: Deferred<ExchangeReport> | undefined;
  /** How it ended, and the counts of that moment; the report itself is made when somebody asks. */
  #outcome: "sent" | "aborted" | undefined;
  #octetsIn = 0;
  #octetsOut = 0;
  #requestId: string | undefined;
  #log: Logger | undefined;
  readonly #record: AccessRecord | undefined;

  constructor(connection: Connection, head: RequestHead, receiver: ContentReceiver | undefined) {
    this.connection = connection;
    this.head = head;
    this.receiver = receiver;
    this.octetsBefore = connection.octetsOut;
    this.response = new Response();
    this.context = new Context<never>(this);
    const { access } = connection.runtime;
    this.#record = access === undefined ? undefined : new AccessRecord(connection, head);
  }

  get isHead(): boolean {
    return this.head.method === "HEAD";
  }

  get request(): Request {
    this.#request ??= new Request(this);
    return this.#request;
  }

  // --- RequestHost

  get remoteAddress(): string | undefined {
    return this.connection.remoteAddress;
  }

  get contentLimit(): number {
    return this.connection.runtime.limits.contentOctets;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#signalReason !== undefined) this.#abort.abort(this.#signalReason);
    }
    return this.#abort.signal;
  }

  attachReader(reader: ContentReader): void {
    const gone = this.#contentGone();
    if (gone !== undefined) {
      reader.onFailed(gone);
      return;
    }
    this.reader = reader;
    if (this.receiver?.complete) reader.onComplete();
    else this.connection.moved(this);
  }

  /** Why content that nobody has begun to read cannot be read any more. */
  #contentGone(): Error | undefined {
    if (this.#contentError !== undefined) return this.#contentError;
    const isDiscarded = this.receiver?.complete && this.receiver.taken > 0;
    if (isDiscarded || this.#outcome !== undefined) {
      return new Error(DISCARDED);
    }
    return undefined;
  }

  serveReader(): void {
    this.connection.moved(this);
  }

  detachReader(): void {
    this.readerDetached = true;
    this.connection.moved(this);
  }

  // --- ContextHost

  get requestId(): string {
    this.#requestId ??= requestIdFrom(this.head.fields.get("x-request-id"));
    return this.#requestId;
  }

  get log(): Logger {
    this.#log ??= this.connection.runtime.logger.child({ requestId: this.requestId });
    return this.#log;
  }

  send(): Promise<void> {
    if (this.aborted !== undefined) return quiet(Promise.reject(this.aborted));
    if (this.committed) {
      return quiet(Promise.reject(new Error("Cannot send the response: it has been sent")));
    }
    this.#sent = deferred<void>();
    const promise = quiet(this.#sent.promise);
    try {
      this.commit();
    } catch (error) {
      this.#sent = undefined;
      return quiet(Promise.reject(error));
    }
    this.connection.turn();
    return promise;
  }

  get finished(): Promise<ExchangeReport> {
    if (this.#outcome !== undefined) return Promise.resolve(this.#report(this.#outcome));
    this.#finished ??= deferred<ExchangeReport>();
    return this.#finished.promise;
  }

  // --- The handler's run

  /** Runs the chain. `lateMs`: how late it is its turn. */
  run(lateMs: number): void {
    let result: Promise<unknown> | undefined;
    try {
      result = promiseOf(this.connection.runtime.handle(this, lateMs));
    } catch (thrown) {
      this.fail(thrown);
      return;
    }
    if (result === undefined) {
      this.settle();
      return;
    }
    this.connection.keepAddress();
    result.then(
      () => this.settle(),
      (thrown: unknown) => this.fail(thrown),
    );
  }

  /** The chain has settled: sends the response unless it has been sent, or nobody can receive it. */
  settle(): void {
    this.settled = true;
    this.connection.handlerDone();
    if (!this.committed && this.aborted === undefined) {
      try {
        if (!this.response.isSet) this.answer(404);
        this.commit();
      } catch (error) {
        this.#answerThrown(error);
      }
    }
    this.connection.moved(this);
  }

  /** The chain threw: logs, answers if no answer has begun, else cuts the connection. */
  fail(thrown: unknown): void {
    this.settled = true;
    this.connection.handlerDone();
    if (this.aborted === undefined) this.#answerThrown(thrown);
    else this.connection.runtime.reportThrown(thrown, this.context, true);
    this.connection.moved(this);
  }

  #answerThrown(thrown: unknown): void {
    this.connection.runtime.reportThrown(thrown, this.context, false);
    if (this.committed) {
      // Half a response can only be cut; a whole one goes out, but nothing follows it.
      if (!this.written) this.connection.cut("handlerThrew");
      else this.connection.closeBehindAnswer("handlerThrew");
      return;
    }
    const error = thrown instanceof HttpError ? thrown : undefined;
    this.#replace(error?.status ?? 500, error);
    // Content above its limit is not worth receiving: the connection closes behind the answer.
    if (error?.status === 413) this.response.setHeader("Connection", "close");
    try {
      this.commit();
    } catch (error) {
      // The fields of an HttpError may be at fault themselves.
      this.connection.runtime.reportThrown(error, this.context, false);
      this.#replace(500);
      this.commit();
    }
  }

  /** Replaces the response, whatever a failed handler had set, by the small fixed text of a status. */
  #replace(status: number, error?: HttpError): void {
    this.response = new Response();
    try {
      this.answer(status, error?.headers);
    } catch (cause) {
      this.connection.runtime.reportThrown(cause, this.context, false);
    }
    if (error?.expose) this.response.setBody(error.message);
  }

  /** Answers in the server's own name: status, its small fixed text, fields beside those middleware have set. */
  answer(status: number, headers: Readonly<Record<string, string>> = {}): void {
    this.response
      .removeHeader("Content-Length")
      .setStatusCode(status)
      .setHeader("Content-Type", "text/plain")
      .setBody(reasonPhrase(status));
    for (const [name, value] of Object.entries(headers)) this.response.setHeader(name, value);
  }

  /** A handler inside the chain rejected. Whoever called `next` may deal with it, unless the chain has settled before. */
  rejectedInside(thrown: unknown): void {
    if (!this.settled || this.#rejectedInside === thrown) return;
    this.#rejectedInside = thrown;
    this.connection.runtime.reportThrown(thrown, this.context, false);
  }

  // --- The response's way out

  /** Tells a peer that asked first to send its content, unless some has arrived (RFC 9110 §10.1.1). */
  sendContinue(): void {
    if (!this.head.expectContinue || this.continued || this.receiver?.complete) return;
    this.continued = true;
    const { reading, output } = this.connection;
    if (reading.input.octets === 0) output.text(CONTINUE);
  }

  /** Writes the head and what is known of the content. Throws when the response contradicts itself; then nothing is out. */
  commit(): void {
    const { connection, response, isHead } = this;
    const content = outgoingContent(response, isHead);
    const framing = outgoingFraming(response, content, isHead, this.head.minorVersion);
    // A reader that has not asked for a piece yet, a streamed echo for example, will do so behind the head: too late for 100.
    const { reader } = this;
    if (reader !== undefined && !this.readerDetached) {
      if (reader.wants || content.stream !== undefined) this.sendContinue();
    }
    const isSettled = this.settled && content.stream === undefined;
    const asked = framing === "close" || asksToClose(response);
    const closes = connection.closesAfter(this, asked, isSettled);
    let option = "";
    if (closes) option = "close";
    else if (this.head.minorVersion === 0) option = "keep-alive";
    const sends = sendsContent(response, isHead);
    const { headWriter, wheel } = connection.runtime;
    const inText = sends && !response.latin1 ? content.text : "";
    const text = headWriter.text(response, framing, content.octets, option, inText, wheel.nowMs);
    this.committed = true;
    response.commit();
    this.#record?.answered(response.statusCode, connection.runtime.clock.now());
    connection.headWritten();
    const { output } = connection;
    if (response.latin1) output.bytes(latin1Octets(text));
    else output.text(text);
    if (content.stream !== undefined && sends) {
      this.#startStream(content, framing === "chunked");
      return;
    }
    if (content.stream !== undefined) cancelStream(content.stream);
    else if (sends && content.bytes !== undefined) output.bytes(content.bytes);
    else if (sends && response.latin1) output.text(content.text);
    this.written = true;
  }

  #startStream(content: OutgoingContent, chunked: boolean): void {
    void sendStream(this, content.stream!, chunked, content.octets).then(
      () => {
        this.written = true;
        this.connection.moved(this);
      },
      (error: unknown) => {
        if (this.aborted !== undefined) return;
        this.connection.runtime.reportThrown(error, this.context, false);
        this.connection.cut("handlerThrew");
      },
    );
  }

  // --- The end

  /** The request's signal fires; the answer may still be sent. */
  fireSignal(reason: TransportError): void {
    if (this.#signalReason !== undefined || this.#outcome !== undefined) return;
    this.#signalReason = reason;
    this.#abort?.abort(reason);
  }

  /** The exchange is over: content that has not been read by now is drained past its reader. */
  leaveContent(): void {
    if (this.receiver?.complete === false) this.failContent(new Error(DISCARDED));
  }

  /** The content will not come whole. */
  failContent(error: Error): void {
    if (this.#contentError !== undefined) return;
    this.#contentError = error;
    this.readerDetached = true;
    if (this.receiver?.complete !== true) this.reader?.onFailed(error);
  }

  /**
   * The exchange ended before its answer did: nobody can be answered any more, unless the server has done so itself, with
   * `status`.
   */
  abortBy(reason: CloseReason, cause?: Error, status = 0): void {
    const error = abortErrorOf(reason, cause);
    if (this.#outcome !== undefined) {
      // A handler may read on behind its answer.
      this.failContent(error);
      return;
    }
    this.aborted = error;
    this.fireSignal(error);
    this.failContent(error);
    this.#sent?.reject(error);
    if (status > 0) this.#record?.answered(status, this.connection.runtime.clock.now());
    this.#finish("aborted", reason);
  }

  /** Every octet of the answer is with the transport. */
  handedOver(): void {
    this.#sent?.resolve();
    this.#finish("sent", "sent");
  }

  /** `how`: `sent`, or why not. */
  #finish(outcome: "sent" | "aborted", how: string): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#octetsIn = this.head.octets + (this.receiver?.taken ?? 0);
    this.#octetsOut = this.connection.octetsOut - this.octetsBefore;
    this.#finished?.resolve(this.#report(outcome));
    const { runtime } = this.connection;
    this.#record?.ended(runtime, how, this.#octetsIn, this.#octetsOut, this.#requestId);
  }

  #report(outcome: "sent" | "aborted"): ExchangeReport {
    return { outcome, octetsIn: this.#octetsIn, octetsOut: this.#octetsOut };
  }
}
