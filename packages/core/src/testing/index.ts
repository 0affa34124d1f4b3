// Public names for tests of applications and adapters.

import { MemoryTransport, type MemoryTransportOptions } from "../memory-transport.ts";

export { type ManualClock, manualClock } from "../clock.ts";
export { MemoryTransport, type MemoryTransportOptions } from "../memory-transport.ts";
export {
  type ConformanceOptions,
  conformance,
  type Listen,
  type LiveServer,
  listenInMemory,
  type TestFunction,
} from "./conformance.ts";
export { conformanceApp, conformanceServer } from "./conformance-app.ts";
export { MemoryAdapter, MemoryClient } from "./memory-adapter.ts";
export { type Manner, octetByOctet, playTranscript, splitAt, WHOLE } from "./play-transcript.ts";
export {
  type Outcome,
  parseTranscripts,
  readTranscripts,
  type Step,
  type Transcript,
} from "./transcript.ts";
export type { WireClient } from "./wire-client.ts";
export type { DatePart, LiteralPart, PiecesPart, WirePart } from "./wire-text.ts";

/** A transport in memory: what the server writes is kept, what the peer does is done by calls. */
export function memoryTransport(options: MemoryTransportOptions = {}): MemoryTransport {
  return new MemoryTransport(options);
}
