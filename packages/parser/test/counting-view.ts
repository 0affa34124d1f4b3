// Octets that count how often they are looked at, and that refuse to be looked at outside the range
// of a push.

export interface CountingView {
  readonly bytes: Uint8Array;
  /** Index reads so far; a copied range counts each octet of it. */
  readonly visits: number;
  /** From now on only `bytes[from .. end)` may be read. */
  allow(from: number, end: number): void;
}

/** A view of `octets` that a machine takes for the real thing. */
export function countingView(octets: Uint8Array): CountingView {
  let visits = 0;
  let allowedFrom = 0;
  let allowedEnd = octets.length;
  const visit = (from: number, end: number) => {
    if (from < allowedFrom || end > allowedEnd) {
      throw new Error(`octets ${from} to ${end} were read, not ${allowedFrom} to ${allowedEnd}`);
    }
    visits += end - from;
  };
  const bytes = new Proxy(octets, {
    get(target, property) {
      if (typeof property === "string" && /^\d+$/.test(property)) {
        const index = Number(property);
        visit(index, index + 1);
        return target[index];
      }
      if (property === "length" || property === "byteLength") return target.length;
      if (property === "subarray" || property === "slice") {
        return (from: number, end: number) => {
          visit(from, end);
          return target[property](from, end);
        };
      }
      throw new Error(`${String(property)} of the octets was used, which nobody counts`);
    },
  });
  return {
    bytes,
    get visits() {
      return visits;
    },
    allow(from, end) {
      allowedFrom = from;
      allowedEnd = end;
    },
  };
}
