// The shape of a case. Cases are data: what goes over the wire, what must come of it, and where
// that is written.

import type { FaultCode } from "../../src/faults.ts";
import type { ReferenceLimits } from "../reference.ts";

/**
 * Stands before the octet at which the fault is reported, and is taken out before the wire is read.
 * No octet of its own: a wire is written with one character per octet, so nothing above U+00FF can
 * be part of it.
 */
export const FAULT_MARK = "▸";

/** The input is refused, at the octet behind FAULT_MARK. */
export interface Refused {
  readonly fault: FaultCode;
  readonly status: number;
  /**
   * Octet that has to be there before the fault can be known, where that is a later one than the
   * octet at fault.
   */
  readonly knownAt?: number;
}

/**
 * What a case says about a head that is accepted; everything else is compared with the reference.
 */
export interface Accepted {
  readonly octets?: number;
  readonly method?: string;
  readonly target?: string;
  readonly minorVersion?: number;
  readonly fields?: readonly (readonly [name: string, value: string])[];
  readonly targetForm?: "origin" | "absolute" | "authority" | "asterisk";
  readonly path?: string;
  readonly query?: string;
  /** Undefined when there is none. */
  readonly authority?: string | undefined;
  readonly framing?: "none" | "length" | "chunked";
  readonly contentLength?: number;
  readonly persistent?: boolean;
  readonly keepAliveRequested?: boolean;
  readonly expectContinue?: boolean;
}

export interface HeadCase {
  readonly name: string;
  /** RFC section, or the row of our own decisions. */
  readonly section: string;
  readonly wire: string;
  readonly limits?: Partial<ReferenceLimits>;
  readonly behindTls?: boolean;
  readonly expect: Accepted | Refused | "need more";
}

export interface ChunkedCase {
  readonly name: string;
  readonly section: string;
  /** From the first octet of the message body. */
  readonly wire: string;
  readonly limits?: Partial<ReferenceLimits>;
  readonly contentLimit?: number;
  readonly expect:
    | {
        readonly content?: string;
        readonly octets?: number;
        readonly trailers?: readonly (readonly [name: string, value: string])[];
      }
    | Refused
    | "need more";
}

export function isRefused(expectation: object | string): expectation is Refused {
  return typeof expectation === "object" && "fault" in expectation;
}
