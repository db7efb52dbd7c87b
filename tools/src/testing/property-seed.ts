import fc from 'fast-check';

/** `SEED` makes every property try the same cases again. CI has one, so that a commit has one verdict; elsewhere each run tries new cases. */
if (process.env.CI) process.env.SEED ??= '1763900000';
if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });
