// Ids that connect a request's records: the client's if it sent a usable one, else one that this process makes.

/** What may stand in a line as it is, and is long enough for a UUID or a trace id. */
const USABLE = /^[\w.:+/=@-]{1,128}$/;

/** Differs between processes; the counter behind it differs within one. */
const PREFIX = Array.from(crypto.getRandomValues(new Uint8Array(6)), (octet) =>
  octet.toString(16).padStart(2, "0"),
).join("");

let last = 0;

/** A new id, such as `9f86d081884c-1z`. */
export function makeRequestId(): string {
  return `${PREFIX}-${(++last).toString(36)}`;
}

/** What X-Request-Id says if it can be used, else a new id. */
export function requestIdFrom(received: string | undefined): string {
  return received !== undefined && USABLE.test(received) ? received : makeRequestId();
}
