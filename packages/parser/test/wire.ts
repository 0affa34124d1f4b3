// Octets from the text of a case, and text that shows octets in a failure.

import { FAULT_MARK } from "./cases/case.ts";

export interface MarkedWire {
  readonly octets: Uint8Array;
  /** Where FAULT_MARK stood, -1 without one. */
  readonly mark: number;
}

/**
 * One octet per character. Throws if a character is above U+00FF, so that no case holds one by
 * accident.
 */
export function octetsOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => {
    const octet = character.codePointAt(0) ?? 0;
    if (octet > 0xff) throw new RangeError(`${character} is not one octet`);
    return octet;
  });
}

export function readMarked(wire: string): MarkedWire {
  const mark = wire.indexOf(FAULT_MARK);
  return { octets: octetsOf(wire.replace(FAULT_MARK, "")), mark };
}

/** At most 400 octets, those outside printable ASCII escaped. */
export function show(octets: Uint8Array): string {
  const text = JSON.stringify(String.fromCharCode(...octets.subarray(0, 400)));
  return octets.length > 400 ? `${text} ... ${octets.length} octets` : text;
}
