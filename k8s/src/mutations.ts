type Tree = Record<string, unknown>;

/** One way to break one field. `path` is where, `what` is how; `apply` breaks a fresh copy of the object. */
export interface Mutation {
  path: string;
  what: 'misspelt' | 'removed' | 'of another type' | 'another value';
  apply: (copy: unknown) => void;
}

/** Every field of an object, at every depth, broken in each way that its kind allows. Keys of the rendered object are never altered in place. */
export function mutationsOf(object: unknown, path: readonly (string | number)[] = []): Mutation[] {
  if (Array.isArray(object)) return object.flatMap((item, index) => mutationsOf(item, [...path, index]));
  if (typeof object !== 'object' || object === null) return [];
  return Object.entries(object).flatMap(([key, value]) => {
    const here = [...path, key];
    const change = (what: Mutation['what'], edit: (parent: Tree) => void): Mutation => ({ path: here.join('.'), what, apply: (copy) => edit(follow(copy, path)) });
    return [
      change('misspelt', (parent) => {
        parent[`${key}s`] = parent[key];
        delete parent[key];
      }),
      change('removed', (parent) => void delete parent[key]),
      change('of another type', (parent) => (parent[key] = typeof value === 'object' ? 'text' : { not: 'this' })),
      ...otherValues(value).map((other) => change('another value', (parent) => (parent[key] = other))),
      ...mutationsOf(value, here),
    ];
  });
}

/** A value that the type allows and nobody meant. */
function otherValues(value: unknown): unknown[] {
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'number') return [value + 987_654];
  if (typeof value === 'string') return ['broken'];
  return Array.isArray(value) && value.length > 0 ? [[]] : [];
}

const follow = (copy: unknown, path: readonly (string | number)[]): Tree => path.reduce((at, key) => (at as Tree)[key], copy) as Tree;
