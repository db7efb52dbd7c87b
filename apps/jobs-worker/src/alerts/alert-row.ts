import type { Alert, AlertKind } from '@shadower/domain';

/** A row of `alerts`, as PostgreSQL gives it. */
export interface AlertRow {
  workspace_id: string;
  id: string;
  kind: AlertKind;
  subject: string;
  raised_at: Date;
  details: Record<string, unknown>;
}

export interface RaisedAlert {
  workspaceId: string;
  alert: Alert;
}

export const alertOf = ({ workspace_id, raised_at, ...rest }: AlertRow): RaisedAlert => ({ workspaceId: workspace_id, alert: { ...rest, raised_at: raised_at.toISOString() } });
