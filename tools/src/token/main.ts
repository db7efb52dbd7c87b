import { parseArgs } from 'node:util';
import { ROLES, workspaceId } from '@shadower/domain';
import { z } from 'zod';
import { demoToken } from './demo-token';

const USAGE = `usage: npm run token -- [--workspace W] [--role ${ROLES.join('|')}] [--hours H] [--user U] [--operator]`;
const request = z.object({
  workspace: workspaceId.default('demo'),
  role: z.enum(ROLES).default('admin'),
  hours: z.coerce.number().positive().max(24 * 365).default(12),
  user: z.string().min(1).max(128).default('demo-user'),
  operator: z.boolean().default(false),
});

/** Prints a token and nothing else, so that a script can take it. */
async function main(): Promise<void> {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({ options: { workspace: text, role: text, hours: text, user: text, operator: { type: 'boolean' } } });
    console.log(await demoToken(request.parse(values)));
  } catch (error) {
    const problem = error instanceof z.ZodError ? error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`).join('\n') : (error as Error).message;
    console.error(`${problem}\n${USAGE}`);
    process.exitCode = 2;
  }
}

void main();
