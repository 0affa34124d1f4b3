// What a complete head means, by regular expressions: the second half of the oracle. RFC 9112 3.2,
// 6; RFC 9110 10.1.1; RFC 3986 3.2. The order of questions is Host, target form, authority match,
// framing, Expect; the first "no" is the answer.

import { type HeadSpans, latin1, type Refusal } from "./reference.ts";

export interface RequestReading {
  readonly verdict: "complete";
  readonly targetForm: string;
  readonly path: string;
  readonly query: string;
  readonly authority: string | undefined;
  readonly framing: "none" | "length" | "chunked";
  readonly contentLength: number;
  readonly persistent: boolean;
  readonly keepAliveRequested: boolean;
  readonly expectContinue: boolean;
}

interface Line {
  readonly name: string;
  readonly value: string;
  /** First octet of the value. */
  readonly at: number;
}

// RFC 3986 3.2.2, with "," taken out of sub-delims.
const H16 = "[0-9A-Fa-f]{1,4}";
const OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
const LS32 = `(?:${H16}:${H16}|${OCTET}(?:\\.${OCTET}){3})`;
const IPV6 = [
  `(?:${H16}:){6}${LS32}`,
  `::(?:${H16}:){5}${LS32}`,
  `(?:${H16})?::(?:${H16}:){4}${LS32}`,
  `(?:(?:${H16}:){0,1}${H16})?::(?:${H16}:){3}${LS32}`,
  `(?:(?:${H16}:){0,2}${H16})?::(?:${H16}:){2}${LS32}`,
  `(?:(?:${H16}:){0,3}${H16})?::${H16}:${LS32}`,
  `(?:(?:${H16}:){0,4}${H16})?::${LS32}`,
  `(?:(?:${H16}:){0,5}${H16})?::${H16}`,
  `(?:(?:${H16}:){0,6}${H16})?::`,
].join("|");
const IPVFUTURE = "[vV][0-9A-Fa-f]+\\.[A-Za-z0-9\\-._~!$&'()*+;=:]+";
const REG_NAME = "(?:[A-Za-z0-9\\-._~!$&'()*+;=]|%[0-9A-Fa-f]{2})+";
const URI_HOST = `\\[(?:${IPV6}|${IPVFUTURE})\\]|${REG_NAME}`;
const AUTHORITY = new RegExp(`^(?<host>${URI_HOST})(?<colon>:(?<port>[0-9]*))?$`);

interface Authority {
  readonly host: string;
  readonly port: string;
  readonly colon: boolean;
}

function readAuthority(text: string): Authority | undefined {
  const groups = AUTHORITY.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const port = groups["port"] ?? "";
  if (port !== "" && BigInt(port) > 65535n) return undefined;
  return { host: groups["host"] ?? "", port, colon: groups["colon"] !== undefined };
}

function sameAuthority(one: Authority, other: Authority, defaultPort: string): boolean {
  const normal = (authority: Authority) =>
    `${authority.host.toLowerCase()} ${BigInt(authority.port || defaultPort)}`;
  return normal(one) === normal(other);
}

/** Reads what the head at the start of `wire`, with the offsets of `head`, asks for. */
export function readRequest(
  wire: Uint8Array,
  head: HeadSpans,
  behindTls = false,
): RequestReading | Refusal {
  const text = latin1(wire);
  const lines: Line[] = [];
  for (let i = 0; i < head.spans.length; i += 4) {
    lines.push({
      name: text.slice(head.spans[i], head.spans[i + 1]).toLowerCase(),
      value: text.slice(head.spans[i + 2], head.spans[i + 3]),
      at: head.spans[i + 2] ?? 0,
    });
  }
  const named = (name: string) => lines.filter((line) => line.name === name);
  const version1_0 = head.minorVersion === 0;

  const hosts = named("host");
  const [host, secondHost] = hosts;
  if (secondHost !== undefined) return refuse("ERR_HOST_REPEATED", secondHost.at);
  if (host === undefined && !version1_0) return refuse("ERR_HOST_MISSING", head.octets - 2);
  const hostAuthority = host && readAuthority(host.value);
  if (host !== undefined && hostAuthority === undefined) {
    return refuse(/^(?::|$)/.test(host.value) ? "ERR_HOST_EMPTY" : "ERR_HOST", host.at);
  }

  const method = text.slice(head.methodStart, head.methodEnd);
  const target = text.slice(head.targetStart, head.targetEnd);
  const form = readTarget(method, target, behindTls);
  if (typeof form === "string") return refuse(form, head.targetStart);
  if (form.scheme !== undefined && form.authority !== undefined && hostAuthority !== undefined) {
    const defaultPort = form.scheme === "https" ? "443" : "80";
    if (!sameAuthority(form.authority, hostAuthority, defaultPort)) {
      return refuse("ERR_HOST_MISMATCH", host?.at ?? -1);
    }
  }

  const framing = readFraming(named, version1_0);
  if (framing.verdict === "fault") return framing;

  const expectations = named("expect").flatMap((line) =>
    members(line.value).map((member) => ({ member: member.toLowerCase(), at: line.at })),
  );
  const unknown = expectations.find(({ member }) => member !== "100-continue");
  if (!version1_0 && unknown !== undefined) return refuse("ERR_EXPECTATION", unknown.at);

  const options = named("connection").flatMap((line) =>
    members(line.value).map((member) => member.toLowerCase()),
  );
  const keepAliveRequested = options.includes("keep-alive");
  return {
    verdict: "complete",
    targetForm: form.targetForm,
    path: form.path,
    query: form.query,
    authority: form.authorityText ?? host?.value,
    framing: framing.framing,
    contentLength: framing.contentLength,
    persistent: !options.includes("close") && (!version1_0 || keepAliveRequested),
    keepAliveRequested,
    expectContinue: !version1_0 && expectations.length > 0,
  };
}

function refuse(code: string, offset: number): Refusal {
  return { verdict: "fault", code, offset };
}

/**
 * Members of a list of tokens, RFC 9110 5.6.1: empty ones do not count, and quotes are no part of a
 * token.
 */
function members(value: string): string[] {
  return value
    .split(",")
    .map((member) => member.replace(/^[\t ]+|[\t ]+$/g, ""))
    .filter((member) => member !== "");
}

interface Target {
  readonly targetForm: string;
  readonly path: string;
  readonly query: string;
  readonly scheme?: string;
  readonly authority?: Authority;
  readonly authorityText?: string;
}

/** The form of a request-target, or the code of its fault. RFC 9112 3.2. */
function readTarget(method: string, target: string, behindTls: boolean): Target | string {
  if (method === "CONNECT") {
    const authority = readAuthority(target);
    if (authority === undefined || authority.port === "") return "ERR_TARGET_CONNECT";
    return { targetForm: "authority", path: "", query: "", authorityText: target };
  }
  if (target.startsWith("/")) {
    const [, path = "", query = ""] = /^([^?]*)\??(.*)$/.exec(target) ?? [];
    return { targetForm: "origin", path, query };
  }
  if (target === "*") {
    if (method !== "OPTIONS") return "ERR_TARGET_ASTERISK";
    return { targetForm: "asterisk", path: "*", query: "" };
  }
  if ((readAuthority(target)?.port ?? "") !== "") return "ERR_TARGET_AUTHORITY_FORM";
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(target)?.[1]?.toLowerCase();
  if (scheme === undefined) return "ERR_TARGET_FORM";
  if (!/^https?$/.test(scheme)) return "ERR_TARGET_SCHEME";
  const absolute = /^[^:]*:\/\/([^/?]*)([^?]*)(\??)(.*)$/.exec(target);
  if (absolute === null) return "ERR_TARGET_FORM";
  if (scheme === "https" && !behindTls) return "ERR_TARGET_MISDIRECTED";
  const [, authorityText = "", rawPath = "", mark = "", query = ""] = absolute;
  if (authorityText.includes("@")) return "ERR_TARGET_USERINFO";
  if (/^(?::|$)/.test(authorityText)) return "ERR_TARGET_HOST_EMPTY";
  const authority = readAuthority(authorityText);
  if (authority === undefined) return "ERR_TARGET_AUTHORITY";
  const empty = method === "OPTIONS" && mark === "" ? "*" : "/";
  const path = rawPath === "" ? empty : rawPath;
  return { targetForm: "absolute", path, query, scheme, authority, authorityText };
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const QUOTED =
  '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"';
const PARAMETER = `[\\t ]*;[\\t ]*${TOKEN}[\\t ]*=[\\t ]*(?:${TOKEN}|${QUOTED})`;
const CODING = `${TOKEN}(?:${PARAMETER})*`;
const CODINGS = new RegExp(`^${CODING}(?:[\\t ]*,[\\t ]*${CODING})*$`);

interface Framing {
  readonly verdict: "complete";
  readonly framing: "none" | "length" | "chunked";
  readonly contentLength: number;
}

/** Message framing. RFC 9112 6.1 to 6.3. */
function readFraming(named: (name: string) => Line[], version1_0: boolean): Framing | Refusal {
  const [coding, secondCoding] = named("transfer-encoding");
  const [length, secondLength] = named("content-length");
  if (coding !== undefined) {
    if (length !== undefined) return refuse("ERR_LENGTH_WITH_CODING", coding.at);
    if (version1_0) return refuse("ERR_CODING_VERSION", coding.at);
    if (secondCoding !== undefined) return refuse("ERR_CODING_REPEATED", secondCoding.at);
    if (!CODINGS.test(coding.value)) return refuse("ERR_CODING", coding.at);
    const codings = coding.value.toLowerCase().match(new RegExp(CODING, "g")) ?? [];
    const names = codings.map((member) => member.replace(/[\t ;].*/, ""));
    const chunked = codings.filter((_, index) => names[index] === "chunked");
    if (names.at(-1) !== "chunked") return refuse("ERR_CODING_NOT_CHUNKED", coding.at);
    if (chunked.length > 1) return refuse("ERR_CODING_CHUNKED_TWICE", coding.at);
    if (chunked[0] !== "chunked") return refuse("ERR_CODING_CHUNKED_PARAMETERS", coding.at);
    if (codings.length > 1) return refuse("ERR_CODING_UNSUPPORTED", coding.at);
    return { verdict: "complete", framing: "chunked", contentLength: 0 };
  }
  if (secondLength !== undefined) return refuse("ERR_LENGTH_REPEATED", secondLength.at);
  if (length === undefined) return { verdict: "complete", framing: "none", contentLength: 0 };
  if (!/^[0-9]+$/.test(length.value)) return refuse("ERR_LENGTH", length.at);
  if (length.value.length > 15) return refuse("ERR_LENGTH_DIGITS", length.at);
  return { verdict: "complete", framing: "length", contentLength: Number(length.value) };
}
