import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { AppError } from '@shadower/domain';

const GOOD_FOR_MS = 15 * 60_000;

/** Which file a link leads to. */
export interface LinkedExport {
  workspaceId: string;
  id: string;
}

/** Signs and checks the links to files. Whoever has one gets the file until it ends, without a token: so a browser, or `curl`, can fetch it. */
export class DownloadLinks {
  private readonly key: Buffer;

  /** `secret`: what tokens are signed with. The key is derived from it, so that neither can be taken for the other. */
  constructor(secret: string) {
    this.key = Buffer.from(hkdfSync('sha256', secret, '', 'shadower export links', 32));
  }

  /** `url` is a path of this API. */
  linkTo(file: LinkedExport, now: number): { url: string; expires_at: string } {
    const end = now + GOOD_FOR_MS;
    const signature = this.sign(file, String(end)).toString('base64url');
    return { url: `/api/v1/workspaces/${file.workspaceId}/exports/${file.id}/download?until=${end}&signature=${signature}`, expires_at: new Date(end).toISOString() };
  }

  /** Throws AppError `forbidden` for a link that is not ours or was changed, and `gone` for one that has ended. */
  check(file: LinkedExport, { until, signature }: { until?: string; signature?: string }, now: number): void {
    const given = Buffer.from(signature ?? '', 'base64url');
    const right = this.sign(file, until ?? '');
    if (given.length !== right.length || !timingSafeEqual(given, right)) throw new AppError('forbidden', 'The link signature is invalid; request the export again for a new link.');
    if (Number(until) <= now) throw new AppError('gone', 'The link has expired; request the export again for a new link.');
  }

  private sign({ workspaceId, id }: LinkedExport, until: string): Buffer {
    return createHmac('sha256', this.key).update(JSON.stringify([workspaceId, id, until])).digest();
  }
}
