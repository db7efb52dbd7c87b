import { applyDecorators, createParamDecorator, Injectable, SetMetadata, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AppError, roleReaches, type Role } from '@shadower/domain';
import { updateContext } from '@shadower/telemetry';
import { TokenService, type Principal } from './token-service';

const REQUIRED_ROLE = 'shadower:required-role';
const OPERATORS_ONLY = 'shadower:operators-only';
/** What the guard reads of a request and leaves on it. */
interface GuardedRequest {
  headers: { authorization?: string };
  params?: { wid?: string };
  principal?: Principal;
}

/**
 * The caller's role in a workspace is at least `needed`. Throws `not_found` for a workspace that he is no member of, whether it
 * exists or not, so that names cannot be guessed; `forbidden` when his role is too low.
 */
export function requireRole(principal: Principal, workspace: string, needed: Role): void {
  const held = Object.hasOwn(principal.workspaces, workspace) ? principal.workspaces[workspace] : undefined;
  if (!held) throw new AppError('not_found', 'There is no such workspace, or it is not yours.');
  updateContext({ workspace_id: workspace });
  if (!roleReaches(held, needed)) throw new AppError('forbidden', `This needs the role ${needed} or higher in the workspace.`);
}

/** Lets a request through when its bearer token is valid and, where the route names a workspace (`:wid`), the role suffices. */
@Injectable()
export class JwtGuard implements CanActivate {
  constructor(
    private readonly tokens: TokenService,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const needed = this.reflector.getAllAndOverride<Role>(REQUIRED_ROLE, [context.getHandler(), context.getClass()]);
    const principal = await this.tokens.verifyToken(bearerToken(request.headers.authorization));
    updateContext({ user_id: principal.sub });
    request.principal = principal;
    const operatorsOnly = this.reflector.getAllAndOverride<boolean>(OPERATORS_ONLY, [context.getHandler(), context.getClass()]);
    if (operatorsOnly && !principal.operator) throw new AppError('forbidden', 'This is for those who run the system.');
    if (request.params?.wid !== undefined) requireRole(principal, request.params.wid, needed);
    return true;
  }
}

/** The token of an `Authorization: Bearer ...` header; throws `unauthorized` without one. */
export function bearerToken(header: string | undefined): string {
  const token = /^Bearer ([\w.~+/=-]+)$/i.exec(header ?? '')?.[1];
  if (!token) throw new AppError('unauthorized', 'Send a token: Authorization: Bearer <token>.');
  return token;
}

/** Guards a controller or a route: a valid token, and at least this role in the workspace of the path. */
export const RequireRole = (role: Role) => applyDecorators(SetMetadata(REQUIRED_ROLE, role), UseGuards(JwtGuard));

/** Guards a controller or a route of the system itself: a valid token of an operator. */
export const RequireOperator = () => applyDecorators(SetMetadata(OPERATORS_ONLY, true), UseGuards(JwtGuard));

/** The `Principal` that the guard found, as a handler's argument. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<GuardedRequest>().principal);
