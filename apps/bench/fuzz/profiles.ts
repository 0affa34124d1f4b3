// The servers that a target runs side by side, by name: one with the limits of every day, one with limits so narrow that
// small inputs meet them, one whose deadlines pass while a case is played. Both the fuzzer and the target read this.

import type { ServerOptions } from "@hyperlane-ts/core";

export type ProfileName = "plain" | "narrow" | "hasty";

export type Profile = Pick<ServerOptions, "limits" | "deadlines" | "shedding">;

/** Never in the time a case takes: no answer may depend on how busy the machine is. */
const PATIENT_MS = 600_000;

const PATIENT = {
  firstOctetMs: PATIENT_MS,
  headMs: PATIENT_MS,
  contentGraceMs: PATIENT_MS,
  contentIdleMs: PATIENT_MS,
  contentMs: PATIENT_MS,
  writeStallMs: PATIENT_MS,
  keepAliveMs: PATIENT_MS,
  lingerMs: PATIENT_MS,
} as const;

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  plain: { deadlines: PATIENT, shedding: false },
  narrow: {
    limits: {
      requestLineOctets: 120,
      headOctets: 500,
      fieldOctets: 120,
      fieldLines: 10,
      trailerOctets: 80,
      trailerLines: 3,
      chunkLineOctets: 32,
      chunkExcessOctets: 64,
      contentOctets: 300,
      readAheadOctets: 1024,
      writeSliceOctets: 1024,
      drainOctets: 100,
      requestsPerConnection: 6,
    },
    deadlines: PATIENT,
    shedding: false,
  },
  hasty: {
    limits: {
      connections: 16,
      handlers: 24,
      bufferedOctets: 262_144,
      readAheadOctets: 1024,
      writeSliceOctets: 4096,
      drainOctets: 2000,
      lingerOctets: 500,
      requestsPerConnection: 20,
    },
    deadlines: {
      firstOctetMs: 300,
      headMs: 300,
      contentGraceMs: 300,
      contentIdleMs: 300,
      contentMs: 600,
      writeStallMs: 400,
      keepAliveMs: 300,
      handlerMs: 400,
      lingerMs: 300,
      connectionAgeMs: 2000,
    },
    shedding: { lagMs: 100, holdMs: 100, keepAliveMs: 150, headMs: 150 },
  },
};
