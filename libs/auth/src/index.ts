export { AccessGuard, bearerToken, CurrentPrincipal, RequireOperator, requireRole, RequireRole, type GuardedRequest } from './access.guard';
export { API_KEY_PREFIX, API_KEYS, newApiKey, presentedKey, type ApiKeyDirectory, type PresentedKey } from './api-key';
export { AuthModule } from './auth.module';
export { authEnv, DEMO_SECRET, hasOwnSecret, type AuthConfig } from './config';
export { liveTicketOf } from './live-ticket';
export { TokenService, type Principal } from './token-service';
