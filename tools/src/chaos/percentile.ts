/** The value below which `share` of all lie; NaN of none. */
export const percentile = (values: readonly number[], share: number): number => Float64Array.from(values).sort()[Math.min(Math.floor(values.length * share), values.length - 1)] ?? Number.NaN;

/** The upper one of an even number. */
export const median = (values: readonly number[]): number => percentile(values, 0.5);
