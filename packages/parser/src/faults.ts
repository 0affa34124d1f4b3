// Every reason for which a request is refused: one table, one row per reason. Machines store a row
// number; an Error is built only when somebody must be told. Knows nothing of where the faults are
// found.

/** One reason to refuse a request. */
export interface Fault {
  /** Stable name. */
  readonly code: FaultCode;
  /** Status code that suits an answer; 0 in row 0 only. */
  readonly status: number;
  /** Where the rule stands. */
  readonly section: string;
  /** What was found. Never holds received octets. */
  readonly message: string;
}

// Rows are appended, never renumbered or reused: codes and row numbers are API.
const ROWS = [
  { code: "ERR_NONE", status: 0, section: "", message: "no fault" },

  // Request-line
  {
    code: "ERR_EMPTY_LINES",
    status: 400,
    section: "RFC 9112 §2.2",
    message: "more than two empty lines precede the request-line",
  },
  {
    code: "ERR_BARE_CR",
    status: 400,
    section: "RFC 9112 §2.2",
    message: "CR is not followed by LF",
  },
  {
    code: "ERR_BARE_LF",
    status: 400,
    section: "RFC 9112 §2.2",
    message: "LF is not preceded by CR",
  },
  {
    code: "ERR_METHOD",
    status: 400,
    section: "RFC 9112 §3.1",
    message: "method is empty or holds an octet that is not a tchar",
  },
  {
    code: "ERR_METHOD_TOO_LONG",
    status: 501,
    section: "RFC 9112 §3",
    message: "method is longer than 24 octets",
  },
  {
    code: "ERR_TARGET",
    status: 400,
    section: "RFC 9112 §3.2",
    message: "request-target is empty or holds an octet that is not allowed in it",
  },
  {
    code: "ERR_VERSION_MISSING",
    status: 400,
    section: "RFC 9112 §3",
    message: "request-line ends without a version",
  },
  { code: "ERR_VERSION", status: 400, section: "RFC 9112 §2.3", message: "version is malformed" },
  {
    code: "ERR_VERSION_UNSUPPORTED",
    status: 505,
    section: "RFC 9110 §15.6.6",
    message: "major version is not 1",
  },
  {
    code: "ERR_REQUEST_LINE_TOO_LONG",
    status: 414,
    section: "RFC 9112 §3",
    message: "request-line is longer than its limit",
  },

  // Field lines of heads and trailer sections
  {
    code: "ERR_FIELD_LEADING_SPACE",
    status: 400,
    section: "RFC 9112 §2.2",
    message: "whitespace precedes the first field line",
  },
  {
    code: "ERR_FIELD_FOLDED",
    status: 400,
    section: "RFC 9112 §5.2",
    message: "field line is folded",
  },
  {
    code: "ERR_FIELD_NAME",
    status: 400,
    section: "RFC 9112 §5.1",
    message: "field name is empty or holds an octet that is not a tchar",
  },
  {
    code: "ERR_FIELD_NAME_SPACE",
    status: 400,
    section: "RFC 9112 §5.1",
    message: "whitespace stands between field name and colon",
  },
  {
    code: "ERR_FIELD_COLON",
    status: 400,
    section: "RFC 9112 §5",
    message: "field line has no colon",
  },
  {
    code: "ERR_FIELD_VALUE",
    status: 400,
    section: "RFC 9110 §5.5",
    message: "field value holds a control character",
  },
  {
    code: "ERR_FIELD_TOO_LONG",
    status: 431,
    section: "RFC 6585 §5",
    message: "field line is longer than its limit",
  },
  {
    code: "ERR_TOO_MANY_FIELDS",
    status: 431,
    section: "RFC 6585 §5",
    message: "head has more field lines than its limit",
  },
  {
    code: "ERR_HEAD_TOO_LARGE",
    status: 431,
    section: "RFC 6585 §5",
    message: "head is larger than its limit",
  },

  // Host and request-target
  { code: "ERR_HOST_MISSING", status: 400, section: "RFC 9112 §3.2", message: "Host is missing" },
  { code: "ERR_HOST_REPEATED", status: 400, section: "RFC 9112 §3.2", message: "Host is repeated" },
  { code: "ERR_HOST_EMPTY", status: 400, section: "RFC 9112 §3.2", message: "Host names no host" },
  { code: "ERR_HOST", status: 400, section: "RFC 9110 §7.2", message: "Host is malformed" },
  {
    code: "ERR_TARGET_FORM",
    status: 400,
    section: "RFC 9112 §3.2",
    message: "request-target has none of the four forms",
  },
  {
    code: "ERR_TARGET_ASTERISK",
    status: 400,
    section: "RFC 9112 §3.2.4",
    message: "asterisk-form is used without OPTIONS",
  },
  {
    code: "ERR_TARGET_AUTHORITY_FORM",
    status: 400,
    section: "RFC 9112 §3.2.3",
    message: "authority-form is used without CONNECT",
  },
  {
    code: "ERR_TARGET_CONNECT",
    status: 400,
    section: "RFC 9112 §3.2.3",
    message: "CONNECT is used without a host and port",
  },
  {
    code: "ERR_TARGET_SCHEME",
    status: 400,
    section: "RFC 9112 §3.2.2",
    message: "scheme of the request-target is neither http nor https",
  },
  {
    code: "ERR_TARGET_MISDIRECTED",
    status: 421,
    section: "RFC 9110 §7.4",
    message: "request-target is an https URI on a connection without TLS",
  },
  {
    code: "ERR_TARGET_USERINFO",
    status: 400,
    section: "RFC 9110 §4.2.4",
    message: "request-target holds userinfo",
  },
  {
    code: "ERR_TARGET_HOST_EMPTY",
    status: 400,
    section: "RFC 9110 §4.2.1",
    message: "request-target names no host",
  },
  {
    code: "ERR_TARGET_AUTHORITY",
    status: 400,
    section: "RFC 3986 §3.2",
    message: "authority of the request-target is malformed",
  },
  {
    code: "ERR_HOST_MISMATCH",
    status: 400,
    section: "RFC 9112 §3.2.2",
    message: "Host differs from the authority of the request-target",
  },

  // Message framing and expectations
  {
    code: "ERR_LENGTH_WITH_CODING",
    status: 400,
    section: "RFC 9112 §6.1",
    message: "Transfer-Encoding and Content-Length are both present",
  },
  {
    code: "ERR_CODING_VERSION",
    status: 400,
    section: "RFC 9112 §6.1",
    message: "Transfer-Encoding is used in HTTP/1.0",
  },
  {
    code: "ERR_CODING_REPEATED",
    status: 400,
    section: "RFC 9112 §6.1",
    message: "Transfer-Encoding is repeated",
  },
  {
    code: "ERR_CODING",
    status: 400,
    section: "RFC 9112 §7",
    message: "Transfer-Encoding is not a list of transfer codings",
  },
  {
    code: "ERR_CODING_NOT_CHUNKED",
    status: 400,
    section: "RFC 9112 §6.3",
    message: "last transfer coding is not chunked",
  },
  {
    code: "ERR_CODING_CHUNKED_TWICE",
    status: 400,
    section: "RFC 9112 §6.1",
    message: "chunked is applied more than once",
  },
  {
    code: "ERR_CODING_CHUNKED_PARAMETERS",
    status: 400,
    section: "RFC 9112 §7.1",
    message: "chunked has parameters",
  },
  {
    code: "ERR_CODING_UNSUPPORTED",
    status: 501,
    section: "RFC 9112 §6.1",
    message: "transfer coding other than chunked",
  },
  {
    code: "ERR_LENGTH_REPEATED",
    status: 400,
    section: "RFC 9112 §6.3",
    message: "Content-Length is repeated",
  },
  {
    code: "ERR_LENGTH",
    status: 400,
    section: "RFC 9110 §8.6",
    message: "Content-Length is not a decimal number",
  },
  {
    code: "ERR_LENGTH_DIGITS",
    status: 400,
    section: "RFC 9110 §8.6",
    message: "Content-Length has more than 15 digits",
  },
  {
    code: "ERR_EXPECTATION",
    status: 417,
    section: "RFC 9110 §10.1.1",
    message: "expectation other than 100-continue",
  },

  // Chunked transfer coding
  {
    code: "ERR_CHUNK_SIZE",
    status: 400,
    section: "RFC 9112 §7.1",
    message: "chunk-size is empty or holds an octet that is not a hexadecimal digit",
  },
  {
    code: "ERR_CHUNK_SIZE_DIGITS",
    status: 400,
    section: "RFC 9112 §7.1",
    message: "chunk-size has more than 16 digits",
  },
  {
    code: "ERR_CHUNK_EXTENSION",
    status: 400,
    section: "RFC 9112 §7.1.1",
    message: "chunk extension is malformed",
  },
  {
    code: "ERR_CHUNK_LINE_TOO_LONG",
    status: 413,
    section: "RFC 9112 §7.1.1",
    message: "chunk line is longer than its limit",
  },
  {
    code: "ERR_CHUNK_EXCESS",
    status: 413,
    section: "RFC 9112 §7.1.1",
    message: "chunk lines exceed what the content justifies",
  },
  {
    code: "ERR_CHUNK_END",
    status: 400,
    section: "RFC 9112 §7.1",
    message: "chunk-data is not followed by CRLF",
  },
  {
    code: "ERR_CONTENT_TOO_LARGE",
    status: 413,
    section: "RFC 9110 §15.5.14",
    message: "content is larger than its limit",
  },
  {
    code: "ERR_TRAILER_NAME",
    status: 400,
    section: "RFC 9110 §6.5.1",
    message: "trailer section holds a field that must not stand there",
  },
  {
    code: "ERR_TOO_MANY_TRAILERS",
    status: 431,
    section: "RFC 6585 §5",
    message: "trailer section has more field lines than its limit",
  },
  {
    code: "ERR_TRAILERS_TOO_LARGE",
    status: 431,
    section: "RFC 6585 §5",
    message: "trailer section is larger than its limit",
  },
] as const;

/** Stable names of the faults. */
export type FaultCode = (typeof ROWS)[number]["code"];

/** The fault table. Row 0 means no fault. */
export const FAULTS: readonly Fault[] = Object.freeze(ROWS.map((row) => Object.freeze(row)));

/** Row of `code` in `FAULTS`. */
export function faultRow(code: FaultCode): number {
  return ROWS.findIndex((row) => row.code === code);
}

/** A refused request, for those who need an Error. Its message never holds received octets. */
export class ParseError extends SyntaxError {
  readonly code: FaultCode;
  /** Status code that suits an answer. */
  readonly status: number;
  /** Where the rule stands. */
  readonly section: string;
  /** Octets from the first octet of the head, or of the message body, to the fault. */
  readonly offset: number;

  constructor(fault: Fault, offset: number) {
    super(`Cannot parse request: ${fault.message} (${fault.section}), at octet ${offset}`);
    this.name = "ParseError";
    this.code = fault.code;
    this.status = fault.status;
    this.section = fault.section;
    this.offset = offset;
  }
}

/**
 * The Error for a row of `FAULTS` at an octet offset. Throws `RangeError` if the row is not a
 * fault.
 */
export function parseError(fault: number, offset: number): ParseError {
  const row = FAULTS[fault];
  if (row === undefined || fault === 0) {
    throw new RangeError(
      `Cannot build a ParseError: ${fault} is not a row from 1 to ${FAULTS.length - 1}`,
    );
  }
  return new ParseError(row, offset);
}
