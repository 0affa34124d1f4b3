// How many connections each peer has open, for the cap per peer. A peer is an IPv4 address or an IPv6 /64: a host gets a
// whole /64, so that single IPv6 addresses say nothing.

/** The peer an address belongs to; an IPv4 address mapped into IPv6 is the IPv4 address. */
export function peerOf(address: string): string {
  if (!address.includes(":")) return address;
  const [text = ""] = address.split("%");
  const [left = "", right] = text.split("::");
  const leading = groupsOf(left);
  const trailing = right === undefined ? [] : groupsOf(right);
  const zeros = Math.max(0, 8 - leading.length - trailing.length);
  const groups = [...leading, ...new Array<number>(zeros).fill(0), ...trailing];
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (isMapped) {
    return groups
      .slice(6, 8)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join(".");
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":")}::/64`;
}

/** The groups of 16 bits; an IPv4 tail is two of them. */
function groupsOf(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

export class PeerCount {
  readonly #most: number;
  readonly #open = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Counts one more connection of the peer, or reports that it has as many as it may. */
  enter(peer: string): boolean {
    const open = this.#open.get(peer) ?? 0;
    if (open >= this.#most) return false;
    this.#open.set(peer, open + 1);
    return true;
  }

  leave(peer: string): void {
    const open = this.#open.get(peer) ?? 0;
    if (open > 1) this.#open.set(peer, open - 1);
    else this.#open.delete(peer);
  }

  /** Peers with a connection. */
  get size(): number {
    return this.#open.size;
  }
}
