/**
 * Rollups are kept by 15 minutes because every UTC offset in use is a multiple of 15 minutes (IANA time zone database):
 * local hours and days are sums of whole buckets, across daylight-saving changes too.
 */
export const BUCKET_SECONDS = 900;

/** The start of the bucket that holds `time`. */
export const bucketOf = (time: Date): Date => new Date(Math.floor(time.getTime() / (BUCKET_SECONDS * 1000)) * BUCKET_SECONDS * 1000);
