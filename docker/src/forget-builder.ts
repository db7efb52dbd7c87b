import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Manifest {
  config: { mediaType: string; size: number; digest: string };
}
interface ImageConfig {
  container?: string;
  container_config?: object;
  config: { Hostname?: string };
}

/**
 * Takes the random names of the build's container and host out of an image: Buildah and podman write them into the Docker format, and
 * they are all that differs between two builds of the same input. The layers are not touched.
 */
export function forgetBuilder(engine: string, image: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'image-'));
  const run = (...args: string[]): string => execFileSync(engine, args, { encoding: 'utf8' }).trim();
  try {
    run('push', '--quiet', image, `dir:${folder}`);
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
    const { container: _container, container_config: _builder, ...config } = JSON.parse(readFileSync(join(folder, hexOf(manifest.config.digest)), 'utf8')) as ImageConfig;
    delete config.config.Hostname;
    const text = JSON.stringify(config);
    const digest = createHash('sha256').update(text).digest('hex');
    writeFileSync(join(folder, digest), text);
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, config: { ...manifest.config, size: Buffer.byteLength(text), digest: `sha256:${digest}` } }));
    run('tag', run('pull', '--quiet', `dir:${folder}`), image);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const hexOf = (digest: string): string => digest.replace('sha256:', '');
