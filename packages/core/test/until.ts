// Waiting for what another thread does: zlib's streams work behind the event loop.

const PATIENCE_MS = 10_000;

/** Resolves when `condition` holds; throws when it never does. */
export async function until(condition: () => boolean): Promise<void> {
  const endMs = Date.now() + PATIENCE_MS;
  while (!condition()) {
    if (Date.now() > endMs) throw new Error(`never: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
