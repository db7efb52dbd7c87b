import { Global, Module } from '@nestjs/common';
import { API_KEYS } from '@shadower/auth';
import { ApiKeyLookup } from './api-key-lookup';
import { ApiKeysController } from './api-keys.controller';

/** Global: the guard of every other feature looks keys up here. */
@Global()
@Module({ controllers: [ApiKeysController], providers: [{ provide: API_KEYS, useClass: ApiKeyLookup }], exports: [API_KEYS] })
export class ApiKeysModule {}
