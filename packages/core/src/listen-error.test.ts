import { describe, expect, test } from "vitest";
import { TransportError } from "./errors.ts";
import { addressText, ListenError } from "./listen-error.ts";

describe("addressText", () => {
  test.each([
    [{ host: "127.0.0.1", port: 80 }, "127.0.0.1:80"],
    [{ host: "localhost", port: 0 }, "localhost:0"],
    [{ host: "::1", port: 80 }, "[::1]:80"],
    [{ path: "/run/a.sock" }, "/run/a.sock"],
  ] as const)("of %j is %s", (address, expected) => {
    expect(addressText(address)).toBe(expected);
  });
});

describe("ListenError", () => {
  test("names address, reason and code, and carries the cause", () => {
    const cause = new Error("bind");
    const error = new ListenError({ host: "::1", port: 80 }, "EADDRINUSE", cause);
    expect(error.message).toBe(
      "Cannot listen on [::1]:80: the address is already in use (EADDRINUSE)",
    );
    expect([error.name, error.code, error.cause, error.address]).toEqual([
      "ListenError",
      "EADDRINUSE",
      cause,
      { host: "::1", port: 80 },
    ]);
  });

  test.each([32_768, 60_000, 60_999])("of a taken port %i says what else may hold it", (port) => {
    expect(new ListenError({ host: "h", port }, "EADDRINUSE").message).toContain(
      "range for outgoing connections (32768 to 60999)",
    );
  });

  test.each([1, 32_767, 61_000])("of a taken port %i outside the range says no more", (port) => {
    expect(new ListenError({ host: "h", port }, "EADDRINUSE").message).not.toContain("range");
    expect(new ListenError({ host: "h", port: 60_000 }, "EACCES").message).not.toContain("range");
  });

  test("of a code it does not know says so by the code", () => {
    const error = new ListenError({ path: "/a" }, "EWHATEVER");
    expect(error.message).toBe("Cannot listen on /a: the runtime could not bind it (EWHATEVER)");
  });
});

describe("TransportError", () => {
  test("says how the exchange ended, and carries a cause only when there is one", () => {
    const cause = new Error("ECONNRESET");
    const error = new TransportError("ERR_CONNECTION_LOST", cause);
    expect([error.name, error.code, error.cause]).toEqual([
      "TransportError",
      "ERR_CONNECTION_LOST",
      cause,
    ]);
    expect(error.message).toBe("Cannot finish the exchange: the connection was lost");
    expect("cause" in new TransportError("ERR_DEADLINE")).toBe(false);
  });
});
