import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** A field of an API type: its type as TypeScript spells it (`string`, `Array<V1Container>`, `{ [key: string]: string; }`, ...). */
export interface Field {
  type: string;
  required: boolean;
}

const MODELS = join(dirname(require.resolve('@kubernetes/client-node')), 'gen', 'models');
const cache = new Map<string, Map<string, Field> | undefined>();

/**
 * The fields of a Kubernetes type, read from the declarations that Kubernetes' own JavaScript client generates from the API server's
 * OpenAPI document. Undefined when there is no such type.
 */
export function modelFields(type: string): Map<string, Field> | undefined {
  if (!cache.has(type)) cache.set(type, read(join(MODELS, `${type}.d.ts`)));
  return cache.get(type);
}

function read(path: string): Map<string, Field> | undefined {
  if (!existsSync(path)) return undefined;
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
  const fields = new Map<string, Field>();
  const members = source.statements.filter(ts.isClassDeclaration).flatMap((declaration) => [...declaration.members]);
  for (const member of members) {
    if (!ts.isPropertyDeclaration(member) || !ts.isStringLiteral(member.name) || !member.type) continue;
    // The generator writes reserved words with an underscore: `_from`.
    fields.set(member.name.text.replace(/^_/, ''), { type: member.type.getText(source).replace(/\s+/g, ' '), required: !member.questionToken });
  }
  return fields;
}

/** The model's name of an object, by the API server's naming: `apps/v1` and `Deployment` are `V1Deployment`. */
export const modelName = (apiVersion: string, kind: string): string => {
  const version = apiVersion.split('/').at(-1) ?? '';
  return version.charAt(0).toUpperCase() + version.slice(1) + kind;
};
