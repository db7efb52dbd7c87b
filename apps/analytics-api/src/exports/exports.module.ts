import { Module } from '@nestjs/common';
import { config } from '../config';
import { DownloadLinks } from './download-link';
import { DownloadsController } from './downloads.controller';
import { ExportsController } from './exports.controller';
import { ExportsService } from './exports.service';

@Module({
  controllers: [ExportsController, DownloadsController],
  providers: [ExportsService, { provide: DownloadLinks, useFactory: () => new DownloadLinks(config.AUTH_JWT_SECRET) }],
})
export class ExportsModule {}
