// What every fetch sees of hello.

export const FETCH_EXPECTED: unknown = {
  hello: [200, "text/plain; charset=utf-8", "hello"],
  gzip: [200, "gzip", "hello"],
  named: { hello: "wörld" },
  head: [200, "5", ""],
  missing: [404, true],
  many: 1,
  known: true,
  streamed: true,
};
