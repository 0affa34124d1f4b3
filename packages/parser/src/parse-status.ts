// The outcomes of a push, as numbers so that the machines and their callers compare integers.
// Knows nothing of what is parsed.

/** Everything given was consumed and the element is not complete. */
export const NEED_MORE = 0;
/** The element is complete; octets behind it were not touched. */
export const COMPLETE = 1;
/** The input is refused; `fault` and `faultOffset` say why and where. */
export const INVALID = 2;
/** `ChunkedDecoder` only: one run of content is at hand. */
export const DATA = 3;

export type HeadStatus = typeof NEED_MORE | typeof COMPLETE | typeof INVALID;
export type ChunkedStatus = HeadStatus | typeof DATA;
