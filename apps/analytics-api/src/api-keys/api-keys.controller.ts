import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequireRole, type Principal } from '@shadower/auth';
import { inWorkspace } from '@shadower/database';
import { getLogger } from '@shadower/telemetry';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { ApiAnswer, ApiParameters, ApiProblems, ApiRequest } from '../http/api-doc';
import { bodyFits, queryFits } from '../http/fits';
import { pageQuery } from '../http/page';
import { addApiKey, apiKeyPage, apiKeyRequest, apiKeysOf, keyId, newKey, removeApiKey, type ApiKeyRequest } from './api-key-list';

/** Keys for programs. Only people make and revoke them: a stolen key cannot outlive its revocation through another. */
@ApiTags('api keys')
@ApiBearerAuth()
@ApiParam({ name: 'wid', type: 'string', description: 'workspace' })
@Controller('api/v1/workspaces/:wid/api-keys')
@RequireRole('admin', null)
export class ApiKeysController {
  private readonly audit = getLogger('api-keys');

  constructor(private readonly dataSource: DataSource) {}

  @Post()
  @HttpCode(201)
  @ApiOperation({ operationId: 'createApiKey', summary: 'Create an API key', description: 'Send it as `Authorization: Bearer shk_...`. It is shown once; only a hash is stored.' })
  @ApiRequest('ApiKeyRequest', apiKeyRequest)
  @ApiAnswer(201, newKey)
  @ApiProblems(400, 401, 403, 404, 413, 415, 422, 503)
  async create(@Param('wid') wid: string, @Body(bodyFits(apiKeyRequest)) request: ApiKeyRequest, @CurrentPrincipal() { sub }: Principal): Promise<z.infer<typeof newKey>> {
    const made = await inWorkspace(this.dataSource, wid, (runner) => addApiKey(runner, wid, request, sub));
    this.audit.info({ key_id: made.id, scopes: made.scopes }, 'API key made');
    return made;
  }

  @Get()
  @ApiOperation({ operationId: 'listApiKeys', summary: 'List API keys that are not revoked, newest first' })
  @ApiParameters(pageQuery)
  @ApiAnswer(200, apiKeyPage)
  @ApiProblems(400, 401, 403, 404, 503)
  list(@Param('wid') wid: string, @Query(queryFits(pageQuery)) query: z.infer<typeof pageQuery>): Promise<z.infer<typeof apiKeyPage>> {
    return inWorkspace(this.dataSource, wid, (runner) => apiKeysOf(runner, wid, query));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ operationId: 'revokeApiKey', summary: 'Revoke an API key immediately and permanently', description: 'Live sockets opened with it are closed within five minutes.' })
  @ApiParam({ name: 'id', schema: { type: 'string' } })
  @ApiNoContentResponse({ description: 'The key is revoked' })
  @ApiProblems(400, 401, 403, 404, 503)
  async revoke(@Param('wid') wid: string, @Param('id', queryFits(keyId)) id: string): Promise<void> {
    await inWorkspace(this.dataSource, wid, (runner) => removeApiKey(runner, wid, id));
    this.audit.info({ key_id: id }, 'API key revoked');
  }
}
