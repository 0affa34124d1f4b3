import { describe, expect, test } from "vitest";
import {
  CONNECTION,
  CONTENT_ENCODING,
  CONTENT_LENGTH,
  DATE,
  fieldName,
  isTrailerField,
  ORDINARY,
  TRANSFER_ENCODING,
} from "./field-name.ts";

describe("fieldName", () => {
  test("accepts tokens and nothing else, character by character (RFC 9110 §5.1, §5.6.2)", () => {
    for (let code = 0; code <= 0x17f; code++) {
      const name = `a${String.fromCharCode(code)}`;
      const isToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name);
      if (isToken) expect(fieldName(name).folded).toBe(name.toLowerCase());
      else expect(() => fieldName(name)).toThrow(TypeError);
    }
    for (const name of ["", "a b", "a:", "\u212a", 5, null, undefined]) {
      expect(() => fieldName(name as string)).toThrow(TypeError);
    }
  });

  test("knows the fields the server frames with, in any case", () => {
    const kinds = { CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION, DATE, CONTENT_ENCODING };
    for (const [constant, kind] of Object.entries(kinds)) {
      const name = constant.toLowerCase().replace("_", "-");
      expect(fieldName(name).kind).toBe(kind);
      expect(fieldName(name.toUpperCase()).kind).toBe(kind);
    }
    for (const name of ["X-A", "__proto__", "constructor", "toString", "1"]) {
      expect(fieldName(name).kind).toBe(ORDINARY);
    }
  });

  test("folds as before once more names were seen than are remembered", () => {
    for (let i = 0; i < 2000; i++)
      expect(fieldName(`X-Made-Up-${i}`).folded).toBe(`x-made-up-${i}`);
    expect(fieldName("Content-Length").kind).toBe(CONTENT_LENGTH);
    expect(fieldName("X-MADE-up-1999").folded).toBe("x-made-up-1999");
  });
});

describe("isTrailerField", () => {
  test("refuses fields for framing, routing and authentication (RFC 9110 §6.5.1)", () => {
    for (const name of ["content-length", "transfer-encoding", "trailer", "host", "set-cookie"]) {
      expect(isTrailerField(name)).toBe(false);
    }
    expect(isTrailerField("x-checksum")).toBe(true);
  });
});
