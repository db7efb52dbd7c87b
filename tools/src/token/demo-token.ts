import { authEnv, TokenService } from '@shadower/auth';
import type { Role } from '@shadower/domain';
import { z } from 'zod';

export interface TokenRequest {
  workspace: string;
  role?: Role;
  hours?: number;
  /** The subject; default: `demo-user`. */
  user?: string;
  /** May see to the system itself. */
  operator?: boolean;
}

/** A token by the same secret, issuer and audience as the applications read from this environment. */
export function demoToken({ workspace, role = 'admin', hours = 12, user = 'demo-user', operator = false }: TokenRequest): Promise<string> {
  const set = Object.entries(process.env).filter(([, value]) => value !== '');
  const config = z.object(authEnv).parse(Object.fromEntries(set));
  return new TokenService(config).signToken(user, { [workspace]: role }, `${hours}h`, operator);
}
