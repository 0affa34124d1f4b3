// All cases, by the machine they are for.

import { absoluteFormCases } from "./absolute-form.ts";
import type { ChunkedCase, HeadCase } from "./case.ts";
import { chunkExtensionCases } from "./chunk-extensions.ts";
import { chunkedCases } from "./chunked.ts";
import { chunkedLimitCases } from "./chunked-limits.ts";
import { connectionCases } from "./connection.ts";
import { fieldLineCases } from "./field-lines.ts";
import { framingCases } from "./framing.ts";
import { headLimitCases } from "./head-limits.ts";
import { hostCases } from "./host.ts";
import { requestLineCases } from "./request-line.ts";
import { requestTargetCases } from "./request-target.ts";
import { trailerCases } from "./trailers.ts";

export const headCases: readonly HeadCase[] = [
  ...requestLineCases,
  ...fieldLineCases,
  ...requestTargetCases,
  ...absoluteFormCases,
  ...hostCases,
  ...framingCases,
  ...connectionCases,
  ...headLimitCases,
];

export const bodyCases: readonly ChunkedCase[] = [
  ...chunkedCases,
  ...chunkExtensionCases,
  ...trailerCases,
  ...chunkedLimitCases,
];
