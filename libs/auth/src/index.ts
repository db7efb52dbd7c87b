export { AuthModule } from './auth.module';
export { authEnv, DEMO_SECRET, type AuthConfig } from './config';
export { bearerToken, CurrentPrincipal, JwtGuard, RequireOperator, requireRole, RequireRole } from './jwt.guard';
export { TokenService, type Principal } from './token-service';
