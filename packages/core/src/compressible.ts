// Which media types are worth compressing, by mime-db. It takes 7 ms and some MiB to load, so only who asks for it pays.

import { quiet } from "./deferred.ts";

/** What nobody has to look up; mime-db marks none of these as not compressible. */
const TEXTUAL = /^text\/|\+(?:json|xml|text)$/;

type MediaTypes = Readonly<Record<string, { readonly compressible?: boolean | undefined }>>;

let mediaTypes: MediaTypes | undefined;
let loading: Promise<void> | undefined;

async function load(): Promise<void> {
  mediaTypes = (await import("mime-db")).default;
}

/** Loads what `isCompressible` looks into. */
export function loadMediaTypes(): Promise<void> {
  loading ??= quiet(load());
  return loading;
}

/** Reports whether `isCompressible` may be asked. */
export function hasMediaTypes(): boolean {
  return mediaTypes !== undefined;
}

/** Reports whether a media type, in lower case and without parameters, is worth compressing. */
export function isCompressible(type: string): boolean {
  return TEXTUAL.test(type) || mediaTypes?.[type]?.compressible === true;
}
