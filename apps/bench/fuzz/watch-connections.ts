// An adapter around the real one: everything passes, and is counted. Knows the seam between core and a runtime, nothing of
// HTTP.

import type { Adapter, Transport, TransportEvents } from "@hyperlane-ts/core";
import { ConnectionRecord, type Records } from "./records.ts";

type OnConnection = (transport: Transport) => TransportEvents;

export class ConnectionWatch {
  /** Connections that the adapter announced, and those it said are closed. */
  opened = 0;
  closed = 0;
  /** Octets that the adapter delivered, and those it was given. */
  octetsIn = 0;
  octetsOut = 0;
  readonly #records: Records;
  readonly #profile: string;
  readonly #report: (violation: string) => void;

  constructor(records: Records, profile: string, report: (violation: string) => void) {
    this.#records = records;
    this.#profile = profile;
    this.#report = report;
  }

  around(adapter: Adapter): Adapter {
    return {
      runtime: adapter.runtime,
      descriptors: () => adapter.descriptors(),
      listen: (options, onConnection) =>
        adapter.listen(options, (transport) => this.#accept(transport, onConnection)),
    };
  }

  #accept(transport: Transport, onConnection: OnConnection): TransportEvents {
    this.opened++;
    const record = new ConnectionRecord(this.#records, transport);
    // A peer that has gone already has no address any more; then the connection gets a name nobody asks for.
    const address = transport.remoteAddress ?? `gone ${this.#profile} ${this.opened}`;
    this.#records.byAddress.set(address, record);
    const events = onConnection(this.#watchedTransport(record, address));
    return this.#watchedEvents(record, events, address);
  }

  #watchedEvents(
    record: ConnectionRecord,
    events: TransportEvents,
    address: string,
  ): TransportEvents {
    const heard = (event: string): void => {
      record.touch();
      if (record.closes > 0)
        this.#report(
          `C16: ${event} came behind onClose, from ${address}, profile ${this.#profile}`,
        );
    };
    return {
      onData: (chunk) => {
        heard("onData");
        record.received += chunk.length;
        this.octetsIn += chunk.length;
        events.onData(chunk);
      },
      onDrain() {
        heard("onDrain");
        events.onDrain();
      },
      onEnd() {
        heard("onEnd");
        record.noteEnd();
        events.onEnd();
      },
      onClose: (cause) => {
        heard("onClose");
        record.closes++;
        this.closed++;
        events.onClose(cause);
      },
    };
  }

  #watchedTransport(record: ConnectionRecord, remoteAddress: string): Transport {
    const { transport } = record;
    return {
      write: (chunk) => {
        if (record.ending) record.violations.push("C6: octets were written behind FIN");
        record.written += chunk.length;
        this.octetsOut += chunk.length;
        record.touch();
        return transport.write(chunk);
      },
      get pendingBytes() {
        return transport.pendingBytes;
      },
      end() {
        record.ending = true;
        record.touch();
        transport.end();
      },
      destroy() {
        record.ending = true;
        transport.destroy();
      },
      reset() {
        record.ending = true;
        transport.reset();
      },
      pause: () => transport.pause(),
      resume: () => transport.resume(),
      remoteAddress,
    };
  }
}
