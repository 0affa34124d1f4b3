// Whether memory grows: a straight line through samples, and how far they lie from it. Numbers in, numbers out.

export interface Sample {
  readonly atMs: number;
  readonly octets: number;
}

export interface Trend {
  readonly octetsPerMinute: number;
  /** Standard deviation of the samples from the line. */
  readonly noiseOctets: number;
  /** What the line rises by from the first sample to the last. */
  readonly riseOctets: number;
}

/** The line of least squares. */
export function trendOf(samples: readonly Sample[]): Trend {
  const meanMs = mean(samples.map(({ atMs }) => atMs));
  const meanOctets = mean(samples.map(({ octets }) => octets));
  let covariance = 0;
  let variance = 0;
  for (const { atMs, octets } of samples) {
    covariance += (atMs - meanMs) * (octets - meanOctets);
    variance += (atMs - meanMs) ** 2;
  }
  const perMs = covariance / variance;
  const squares = samples.map(
    ({ atMs, octets }) => (octets - meanOctets - perMs * (atMs - meanMs)) ** 2,
  );
  return {
    octetsPerMinute: perMs * 60_000,
    noiseOctets: Math.sqrt(mean(squares)),
    riseOctets: perMs * ((samples.at(-1)?.atMs ?? 0) - (samples[0]?.atMs ?? 0)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
