import type { Manifest } from '../manifest';
import { API_GROUPS } from './api-groups';
import { CLOSED_SETS } from './closed-sets';
import { CUSTOM_RESOURCES } from './custom-resources';
import { modelFields, modelName } from './model';

/**
 * What the API server would refuse in an object under strict field validation: an unknown field, a missing one, a wrong type, a value
 * outside a closed set. Empty when nothing.
 */
export function schemaProblems(object: Manifest): string[] {
  if (API_GROUPS[object.kind] !== object.apiVersion) return [`apiVersion: ${object.apiVersion} is not the stable version of ${object.kind}`];
  // The generated types leave it optional, as every list of a template's fields does; the API server does not.
  if (!object.metadata?.name) return [`${object.kind}.metadata.name: required`];
  const custom = CUSTOM_RESOURCES[object.kind];
  if (!custom) return checkModel(object, modelName(object.apiVersion, object.kind), object.kind);
  const result = custom.safeParse(object);
  return result.success ? [] : result.error.issues.map((issue) => `${object.kind}.${issue.path.join('.')}: ${issue.message}`);
}

function checkModel(value: unknown, type: string, path: string): string[] {
  const fields = modelFields(type);
  if (!fields) return [`${path}: there is no type ${type}`];
  if (!isRecord(value)) return [`${path}: must be an object (${type})`];
  const unknown = Object.keys(value).filter((key) => !fields.has(key)).map((key) => `${path}.${key}: unknown field of ${type}`);
  const known = [...fields].flatMap(([key, field]) => {
    const child = value[key];
    if (child === undefined) return field.required ? [`${path}.${key}: required`] : [];
    return [...checkValue(child, field.type, `${path}.${key}`), ...checkClosedSet(child, `${type}.${key}`, `${path}.${key}`)];
  });
  return [...unknown, ...known];
}

/** The plain types, and what a value of each must be. `any`, `object` and `Date` occur in no manifest of ours, so they are no exception here. */
const PLAIN: Readonly<Record<string, { holds: (value: unknown) => boolean; must: string }>> = {
  string: { holds: (value) => typeof value === 'string', must: 'must be a string' },
  boolean: { holds: (value) => typeof value === 'boolean', must: 'must be true or false' },
  number: { holds: (value) => Number.isSafeInteger(value) && Number(value) >= 0, must: 'must be a whole number, 0 or more' },
  IntOrString: { holds: (value) => typeof value === 'string' || Number.isSafeInteger(value), must: 'must be a whole number or a string' },
};

function checkValue(value: unknown, type: string, path: string): string[] {
  const element = /^Array<(.+)>$/.exec(type)?.[1];
  if (element) return Array.isArray(value) ? value.flatMap((item, index) => checkValue(item, element, `${path}[${index}]`)) : [`${path}: must be a list`];
  const entry = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (entry) return isRecord(value) ? Object.entries(value).flatMap(([key, item]) => checkValue(item, entry, `${path}.${key}`)) : [`${path}: must be a map`];
  const plain = PLAIN[type];
  if (!plain) return checkModel(value, type, path);
  return plain.holds(value) ? [] : [`${path}: ${plain.must}`];
}

function checkClosedSet(value: unknown, key: string, path: string): string[] {
  const allowed = CLOSED_SETS[key];
  if (!allowed) return [];
  return (Array.isArray(value) ? value : [value]).filter((item) => !allowed.includes(item)).map((item) => `${path}: ${String(item)} is none of ${allowed.join(', ')}`);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
