import { Module } from '@nestjs/common';
import { config } from '../config';
import { DownloadLinks } from './download-link';
import { DownloadStreams } from './download-streams';
import { DownloadsController } from './downloads.controller';
import { ExportsController } from './exports.controller';
import { ExportsService } from './exports.service';
import { RateLimitsModule } from '../rate-limits/rate-limits.module';

@Module({
  imports: [RateLimitsModule],
  controllers: [ExportsController, DownloadsController],
  providers: [ExportsService, DownloadStreams, { provide: DownloadLinks, useFactory: () => new DownloadLinks(config.AUTH_JWT_SECRET) }],
})
export class ExportsModule {}
