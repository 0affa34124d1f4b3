// Field names that an application sets: checked once, folded once, and remembered with what the serializer must know.

import { isToken } from "@hyperlane-ts/parser";
import type { FieldLine } from "./field-line.ts";

export const ORDINARY = 0;
export const CONTENT_LENGTH = 1;
export const TRANSFER_ENCODING = 2;
export const CONNECTION = 3;
export const DATE = 4;
export const CONTENT_ENCODING = 5;
export const ETAG = 6;

/** What a field name means to the serializer. */
export interface FieldName {
  /** The name as given, with colon and space behind it: how a field line begins. */
  readonly prefix: string;
  /** The name in lower case; names are compared by it. */
  readonly folded: string;
  /** One of the constants of this file. */
  readonly kind: number;
  /** The line made of it last. */
  latest: FieldLine | undefined;
}

const KINDS: Readonly<Record<string, number>> = {
  "content-length": CONTENT_LENGTH,
  "transfer-encoding": TRANSFER_ENCODING,
  connection: CONNECTION,
  date: DATE,
  "content-encoding": CONTENT_ENCODING,
  etag: ETAG,
};

/** Fields that must not come in a trailer section: framing, routing, authentication (RFC 9110 §6.5.1). */
const NOT_IN_TRAILERS: ReadonlySet<string> = new Set([
  "content-length",
  "transfer-encoding",
  "connection",
  "trailer",
  "te",
  "upgrade",
  "host",
  "date",
  "content-encoding",
  "content-type",
  "content-range",
  "set-cookie",
  "www-authenticate",
  "authorization",
  "cache-control",
]);

/** Names seen before; bounded, because an application may make names up. */
const KNOWN_MAX = 512;
const known = new Map<string, FieldName>();

/** Checks and folds a field name. Throws `TypeError` when it is not a token (RFC 9110 §5.1). */
export function fieldName(name: string): FieldName {
  const found = known.get(name);
  if (found !== undefined) return found;
  if (typeof name !== "string" || !isToken(name)) {
    throw new TypeError(
      `Cannot set a field: its name is ${JSON.stringify(name)}, allowed are tokens (RFC 9110 §5.1)`,
    );
  }
  // A token is ASCII, so toLowerCase folds nothing but A to Z.
  const folded = name.toLowerCase();
  const entry: FieldName = {
    prefix: `${name}: `,
    folded,
    kind: Object.hasOwn(KINDS, folded) ? KINDS[folded]! : ORDINARY,
    latest: undefined,
  };
  if (known.size < KNOWN_MAX) known.set(name, entry);
  return entry;
}

/** Reports whether a field may stand in a response's trailer section. */
export function isTrailerField(folded: string): boolean {
  return !NOT_IN_TRAILERS.has(folded);
}
