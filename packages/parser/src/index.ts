// The public names, and nothing else.

export { ChunkedDecoder } from "./chunked.ts";
export { FAULTS, type Fault, type FaultCode, ParseError, parseError } from "./faults.ts";
export { hasToken, listMembers } from "./field-list.ts";
export { type FieldLine, FieldSection, type FieldSource } from "./field-section.ts";
export { FRAMING_CHUNKED, FRAMING_LENGTH, FRAMING_NONE, type Framing } from "./framing.ts";
export { HeadParser } from "./head.ts";
export { DEFAULT_PARSER_LIMITS, METHOD_OCTETS, type ParserLimits } from "./limits.ts";
export { isFieldValue, isToken } from "./octets.ts";
export {
  type ChunkedStatus,
  COMPLETE,
  DATA,
  type HeadStatus,
  INVALID,
  NEED_MORE,
} from "./parse-status.ts";
export { type HeadOptions, RequestHead, readRequestHead } from "./request-head.ts";
export type { TargetForm } from "./request-target.ts";
