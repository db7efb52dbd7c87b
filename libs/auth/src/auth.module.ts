import { type DynamicModule, Module } from '@nestjs/common';
import { AccessGuard } from './access.guard';
import { AUTH_CONFIG, type AuthConfig } from './config';
import { TokenService } from './token-service';

/** Gives every feature `TokenService` and what `@RequireRole` needs. */
@Module({})
export class AuthModule {
  static forRoot(config: AuthConfig): DynamicModule {
    return {
      module: AuthModule,
      global: true,
      providers: [{ provide: AUTH_CONFIG, useValue: config }, TokenService, AccessGuard],
      exports: [TokenService, AccessGuard],
    };
  }
}
