import { z } from 'zod';

export const ALERT_KINDS = ['quota', 'spike'] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** Calendar periods of UTC; a week begins on Monday. */
export const QUOTA_PERIODS = ['day', 'week', 'month'] as const;
export type QuotaPeriod = (typeof QUOTA_PERIODS)[number];

/** Something that a workspace's people should know: told once for each subject, on the `alerts` channel and in the list of alerts. */
export const alertSchema = z.object({
  id: z.uuid(),
  kind: z.enum(ALERT_KINDS),
  subject: z.string(),
  raised_at: z.iso.datetime(),
  details: z.record(z.string(), z.unknown()),
});
export type Alert = z.infer<typeof alertSchema>;
