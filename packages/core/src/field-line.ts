// One field line of a response, as it goes out. Applications set the same few lines over and over, so each name keeps the
// line that was made of it last.

import type { FieldName } from "./field-name.ts";

/** A checked field line. Shared between responses, never changed. */
export interface FieldLine {
  readonly name: FieldName;
  readonly value: string;
  /** Name, colon, space, value and CRLF. */
  readonly text: string;
  /** The value holds obs-text (RFC 9110 §5.5). */
  readonly latin1: boolean;
}

/** Longer values are not kept: with the bound on the names this bounds what is. */
const KEPT_VALUE_MAX = 256;

/** Makes the line of a value that has been checked. */
export function fieldLine(name: FieldName, value: string, latin1: boolean): FieldLine {
  const line = { name, value, text: `${name.prefix}${value}\r\n`, latin1 };
  if (value.length <= KEPT_VALUE_MAX) name.latest = line;
  return line;
}
