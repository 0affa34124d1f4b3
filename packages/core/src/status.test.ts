import { describe, expect, test } from "vitest";
import { isBodiless, reasonPhrase } from "./status.ts";

describe("reasonPhrase", () => {
  test("gives the registered phrase (RFC 9110 §15)", () => {
    expect([200, 404, 413, 422, 431].map(reasonPhrase)).toEqual([
      "OK",
      "Not Found",
      "Content Too Large",
      "Unprocessable Content",
      "Request Header Fields Too Large",
    ]);
  });

  test("is empty for an unregistered code, and never holds what cannot stand in a status-line", () => {
    expect(reasonPhrase(299)).toBe("");
    for (let code = 100; code < 600; code++) {
      expect(reasonPhrase(code)).toMatch(/^([A-Za-z-]+( [A-Za-z-]+)*)?$/);
    }
  });
});

describe("isBodiless", () => {
  test("holds for interim responses, 204, 205 and 304 alone (RFC 9110 §6.4.1, §15.3.6)", () => {
    const bodiless = [];
    for (let code = 100; code < 600; code++) if (isBodiless(code)) bodiless.push(code);
    expect(bodiless.filter((code) => code >= 200)).toEqual([204, 205, 304]);
    expect(bodiless.length).toBe(103);
  });
});
