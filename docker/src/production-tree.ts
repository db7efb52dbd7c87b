/** What this needs of an entry of package-lock.json. */
export interface LockEntry {
  version?: string;
  resolved?: string;
  link?: boolean;
  /** Only of packages for one platform. */
  os?: string[];
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

/** The `packages` of a package-lock.json: entries by their path in the repository. */
export type Lock = Readonly<Record<string, LockEntry>>;

/**
 * The paths of everything that an app loads in production: the app, our libraries, third-party packages (each where npm put it) and the
 * links between them. Development dependencies are left out, and so are optional ones that are for one platform (each has a fallback in
 * JavaScript), for the tree must be the same wherever it is made. Throws when a dependency is missing from the lock.
 */
export function productionTree(lock: Lock, app: string): string[] {
  const found = new Set<string>();
  const open = [app];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const entry = lock[path];
    if (!entry) throw new Error(`package-lock.json does not know ${path}`);
    if (entry.link) open.push(entry.resolved ?? '');
    else open.push(...dependenciesOf(lock, path, entry));
  }
  return [...found].sort();
}

function dependenciesOf(lock: Lock, path: string, entry: LockEntry): string[] {
  const wanted = new Map<string, boolean>();
  for (const name of Object.keys(entry.peerDependencies ?? {})) wanted.set(name, entry.peerDependenciesMeta?.[name]?.optional === true);
  for (const name of Object.keys(entry.dependencies ?? {})) wanted.set(name, false);
  for (const name of Object.keys(entry.optionalDependencies ?? {})) wanted.set(name, true);
  const optionalPeers = new Set([...wanted.keys()].filter((name) => entry.peerDependenciesMeta?.[name]?.optional && !entry.dependencies?.[name] && !entry.optionalDependencies?.[name]));
  return [...wanted].flatMap(([name, optional]) => {
    // An optional peer is somebody else's choice: it is here when another package depends on it.
    if (optionalPeers.has(name)) return [];
    const target = resolve(lock, path, name);
    if (!target && !optional) throw new Error(`${path} needs ${name}, which package-lock.json does not have`);
    return target && !(optional && lock[target]?.os) ? [target] : [];
  });
}

/** Node's own rule: the nearest node_modules, from the package's own upwards. */
function resolve(lock: Lock, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const candidate = `${folder}${folder && '/'}node_modules/${name}`;
    if (candidate in lock) return candidate;
    if (!folder) return undefined;
  }
}
