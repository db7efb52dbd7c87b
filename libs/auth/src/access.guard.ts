import { applyDecorators, createParamDecorator, Inject, Injectable, Optional, SetMetadata, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AppError, roleReaches, type Role, type Scope } from '@shadower/domain';
import { updateContext } from '@shadower/telemetry';
import { API_KEYS, presentedKey, scopesAllow, type ApiKeyDirectory } from './api-key';
import { tokenRefused, TokenService, type Principal } from './token-service';

/** What a person needs to call a route, and what a key does; `null`: only people. */
interface Requirement {
  role: Role;
  scope: Scope | null;
}
/** The scope that a route needs of a key, unless the route says otherwise. */
const SCOPE_OF_ROLE: Record<Role, Scope> = { viewer: 'read', member: 'admin', admin: 'admin', owner: 'admin' };

const REQUIREMENT = 'shadower:requirement';
const OPERATORS_ONLY = 'shadower:operators-only';
/** What the guard reads of a request and leaves on it. */
export interface GuardedRequest {
  headers: { authorization?: string };
  params?: { wid?: string };
  principal?: Principal;
}

/**
 * The caller's role in a workspace is at least `role`, or his key has the `scope`. Throws `not_found` for a workspace that he is no member of,
 * whether it exists or not, so that names cannot be guessed; `forbidden` when his role or his key does not suffice.
 */
export function requireRole(principal: Principal, workspace: string, role: Role, scope: Scope | null = SCOPE_OF_ROLE[role]): void {
  const held = Object.hasOwn(principal.workspaces, workspace) ? principal.workspaces[workspace] : undefined;
  if (!held) throw new AppError('not_found', 'There is no such workspace, or it is not yours.');
  updateContext({ workspace_id: workspace });
  if (principal.scopes) requireScope(principal.scopes, scope);
  else if (!roleReaches(held, role)) throw new AppError('forbidden', `The role ${role} or higher in the workspace is required.`);
}

function requireScope(held: readonly Scope[], scope: Scope | null): void {
  if (scope === null) throw new AppError('forbidden', 'API keys cannot do this; a user token is required.');
  if (!scopesAllow(held, scope)) throw new AppError('forbidden', `An API key with the scope ${scope} is required.`);
}

/** Lets a request through when its bearer token (a JWT or an API key) is valid and, where the route names a workspace (`:wid`), role or scope suffices. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly tokens: TokenService,
    private readonly reflector: Reflector,
    @Optional() @Inject(API_KEYS) private readonly keys?: ApiKeyDirectory,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const principal = await this.authenticate(request);
    const places = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(OPERATORS_ONLY, places) && !principal.operator) throw new AppError('forbidden', 'Operator access is required.');
    if (request.params?.wid === undefined) return true;
    const { role, scope } = this.reflector.getAllAndOverride<Requirement>(REQUIREMENT, places);
    requireRole(principal, request.params.wid, role, scope);
    return true;
  }

  /** Finds out who calls, once for each request, from its headers alone. Throws AppError `unauthorized`, or `unavailable` when nobody can tell now. */
  async authenticate(request: GuardedRequest): Promise<Principal> {
    request.principal ??= await this.principalOf(bearerToken(request.headers.authorization));
    updateContext({ user_id: request.principal.sub });
    return request.principal;
  }

  private async principalOf(token: string): Promise<Principal> {
    const key = this.keys && presentedKey(token);
    if (!this.keys || !key) return this.tokens.verifyToken(token);
    const principal = await this.keys.principalOf(key);
    if (!principal) throw tokenRefused();
    return principal;
  }
}

/** The token of an `Authorization: Bearer ...` header; throws `unauthorized` without one. */
export function bearerToken(header: string | undefined): string {
  const token = /^Bearer ([\w.~+/=-]+)$/i.exec(header ?? '')?.[1];
  if (!token) throw new AppError('unauthorized', 'A bearer token is required: Authorization: Bearer <token>.');
  return token;
}

/** Guards a controller or a route: a valid token with at least this role in the workspace of the path, or a key of the workspace with this scope. `scope` null: no key. */
export const RequireRole = (role: Role, scope: Scope | null = SCOPE_OF_ROLE[role]) => applyDecorators(SetMetadata(REQUIREMENT, { role, scope } satisfies Requirement), UseGuards(AccessGuard));

/** Guards a controller or a route of the system itself: a valid token of an operator. */
export const RequireOperator = () => applyDecorators(SetMetadata(OPERATORS_ONLY, true), UseGuards(AccessGuard));

/** The `Principal` that the guard found, as a handler's argument. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<GuardedRequest>().principal);
