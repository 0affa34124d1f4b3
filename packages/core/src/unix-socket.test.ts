import {
  existsSync,
  lstatSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server as NetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ListenError } from "./listen-error.ts";
import { claimSocketPath, holdSocketPath } from "./unix-socket.ts";

/** Runs `use` with a directory of its own. */
async function inDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "hyperlane-"));
  try {
    await use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function listenAt(path: string): Promise<NetServer> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(path, () => resolve(server));
  });
}

function closed(server: NetServer): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** A socket file nobody listens at: moved away from its server before that removes it. */
async function deadSocket(path: string): Promise<void> {
  const server = await listenAt(`${path}.live`);
  renameSync(`${path}.live`, path);
  await closed(server);
}

function refusing(code: string): () => Promise<void> {
  return () => Promise.reject(Object.assign(new Error(code), { code }));
}

const never = () => Promise.reject(new Error("must not be called"));

async function codeOf(claim: Promise<void>): Promise<string> {
  try {
    await claim;
  } catch (error) {
    expect(error).toBeInstanceOf(ListenError);
    return (error as ListenError).code;
  }
  return "claimed";
}

describe("claimSocketPath", () => {
  test("takes a free path without trying to connect", async () => {
    await inDirectory(async (directory) => {
      expect(await codeOf(claimSocketPath(join(directory, "a.sock"), never))).toBe("claimed");
    });
  });

  test("removes a socket nobody listens at", async () => {
    for (const code of ["ECONNREFUSED", "ENOENT"]) {
      await inDirectory(async (directory) => {
        const path = join(directory, "a.sock");
        await deadSocket(path);
        expect(await codeOf(claimSocketPath(path, refusing(code)))).toBe("claimed");
        expect(existsSync(path)).toBe(false);
      });
    }
  });

  test.each([
    ["somebody answers", () => Promise.resolve(), "EADDRINUSE"],
    ["the queue is full", refusing("EAGAIN"), "EADDRINUSE"],
    ["it is a datagram socket", refusing("EPROTOTYPE"), "EADDRINUSE"],
    ["it may not be connected to", refusing("EACCES"), "EACCES"],
  ] as const)("refuses a socket when %s, and leaves the file", async (_, connect, code) => {
    await inDirectory(async (directory) => {
      const path = join(directory, "a.sock");
      await deadSocket(path);
      expect(await codeOf(claimSocketPath(path, connect))).toBe(code);
      expect(lstatSync(path).isSocket()).toBe(true);
    });
  });

  test("refuses what is no socket, a link to one too, and leaves it", async () => {
    await inDirectory(async (directory) => {
      const file = join(directory, "file");
      writeFileSync(file, "precious");
      const link = join(directory, "link");
      await deadSocket(join(directory, "a.sock"));
      symlinkSync(join(directory, "a.sock"), link);
      for (const path of [file, link, directory]) {
        expect(await codeOf(claimSocketPath(path, never))).toBe("ENOTSOCK");
        expect(existsSync(path)).toBe(true);
      }
    });
  });

  test("refuses a directory that is not there, or is none, and a path too long for the kernel", async () => {
    await inDirectory(async (directory) => {
      writeFileSync(join(directory, "file"), "");
      const code = (path: string) => codeOf(claimSocketPath(path, never));
      expect(await code(join(directory, "nothing", "a.sock"))).toBe("ENOENT");
      expect(await code(join(directory, "file", "a.sock"))).toBe("ENOTDIR");
      expect(await code(`/${"a".repeat(106)}`)).toBe("claimed");
      expect(await code(`/${"a".repeat(107)}`)).toBe("ENAMETOOLONG");
      expect(await code(`/${"\u20ac".repeat(36)}`)).toBe("ENAMETOOLONG");
    });
  });
});

describe("holdSocketPath", () => {
  test("sets the permission bits, and the release removes the file once", async () => {
    await inDirectory(async (directory) => {
      const path = join(directory, "a.sock");
      await deadSocket(path);
      const release = holdSocketPath(path, 0o640);
      expect(lstatSync(path).mode & 0o777).toBe(0o640);
      release();
      expect(existsSync(path)).toBe(false);
      release();
    });
  });

  test("leaves a file alone that has taken its place", async () => {
    await inDirectory(async (directory) => {
      const path = join(directory, "a.sock");
      await deadSocket(path);
      const release = holdSocketPath(path, undefined);
      renameSync(path, `${path}.old`);
      await deadSocket(path);
      release();
      expect(existsSync(path)).toBe(true);
    });
  });

  test("throws a ListenError when the file is not there", async () => {
    await inDirectory(async (directory) => {
      for (const mode of [0o600, undefined]) {
        expect(() => holdSocketPath(join(directory, "a.sock"), mode)).toThrow(ListenError);
      }
    });
  });
});
