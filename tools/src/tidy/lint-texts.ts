import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../stack/paths';

export interface LintMessage {
  ruleId: string | null;
  message: string;
}

/** ESLint is an ES module that Jest cannot load, and its caches belong in a process of their own. */
const SCRIPT = `
import { readFileSync } from 'node:fs';
import { createProjectGraphAsync } from '@nx/devkit';
import { ESLint } from 'eslint';
// The rule about boundaries reads the graph that the last run of Nx left, which may be older than the projects.
await createProjectGraphAsync();
const eslint = new ESLint();
const cases = JSON.parse(readFileSync(process.argv[1], 'utf8'));
const answers = {};
for (const [name, { file, text }] of Object.entries(cases)) {
  const [result] = await eslint.lintText(text, { filePath: file });
  answers[name] = result.messages.map(({ ruleId, message }) => ({ ruleId, message }));
}
process.stdout.write(JSON.stringify(answers));
`;

/** What lint says about each text as if it stood in that file of the repository, with the repository's own configuration. */
export async function lintTexts(cases: Record<string, { file: string; text: string }>, folder: string): Promise<Record<string, LintMessage[]>> {
  const input = join(folder, 'cases.json');
  writeFileSync(input, JSON.stringify(cases));
  // Where CI is set, typescript-eslint reads every file once, from the disk: it would not see the planted text.
  const env = { ...process.env, TSESTREE_SINGLE_RUN: 'false', NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false', NX_NO_CLOUD: 'true' };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', SCRIPT, input], { cwd: ROOT, env, maxBuffer: 1 << 26 });
  return JSON.parse(stdout) as Record<string, LintMessage[]>;
}
