export type { Clock } from "./clock.ts";
export { systemClock } from "./clock.ts";
export type { CloseReason } from "./close-reason.ts";
export { type CompressOptions, compress } from "./compress.ts";
export type { Context, ExchangeReport, State } from "./context.ts";
export { DEFAULT_DEADLINES, type Deadlines } from "./deadlines.ts";
export { decompress } from "./decompress.ts";
export { descriptors } from "./descriptors.ts";
export type { CloseOptions, CloseReport } from "./drain.ts";
export {
  HttpError,
  type HttpErrorOptions,
  TransportError,
  type TransportErrorCode,
} from "./errors.ts";
export type { HealthPaths } from "./health.ts";
export { type BoundListener, holdListener } from "./hold-listener.ts";
export type { Injected, InjectOptions } from "./inject.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export { addressText, ListenError } from "./listen-error.ts";
export type { AccessFormat, AccessOptions, LogKeep } from "./log-options.ts";
export {
  consoleLogger,
  type LineSink,
  type LogCall,
  type LogFields,
  type Logger,
  type LogLevel,
} from "./logger.ts";
export type { Handler, Middleware, Next } from "./middleware.ts";
export type { Preset, ServerOptions } from "./options.ts";
export type { Params, Request } from "./request.ts";
export type { StreamOptions } from "./request-content.ts";
export type { ContentStream, FieldInput, Response, ResponseContent } from "./response.ts";
export { Server } from "./server.ts";
export { DEFAULT_SHEDDING, type Shedding, type ShedLevel } from "./shedding.ts";
export type { ServerStats } from "./stats.ts";
export type {
  Adapter,
  ListenAddress,
  Listener,
  ListenOptions,
  Transport,
  TransportEvents,
} from "./transport.ts";
export { claimSocketPath } from "./unix-socket.ts";
