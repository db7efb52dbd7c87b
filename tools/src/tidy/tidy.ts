import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** Targets of Markdown links and images that lead to a file of the repository; code blocks are no links. */
export function relativeLinks(markdown: string): string[] {
  const prose = markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '');
  const targets = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)/g), ...prose.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)].map(([, target = '']) => target);
  return targets.filter((target) => !/^([a-z][a-z0-9+.-]*:|#)/i.test(target)).map((target) => decodeURI(target.split('#')[0] ?? ''));
}

/** Links of a Markdown file at `path` that lead nowhere. */
export function deadLinks(path: string, markdown: string, root: string): string[] {
  const place = (target: string): string => (target.startsWith('/') ? target : normalize(join(dirname(path), target)));
  return relativeLinks(markdown).filter((target) => !existsSync(join(root, place(target))));
}

/** Lines that put something off. The words are spelled in halves, for this file is looked at too. */
export function postponed(text: string): string[] {
  const words = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`);
  return text.split('\n').filter((line) => words.test(line));
}

/** Tests that are switched off, or that switch all others off. */
export function switchedOff(spec: string): string[] {
  return spec.split('\n').filter((line) => /\b(it|test|describe)\.(only|skip|todo)\b|\b(fit|fdescribe|xit|xdescribe|xtest)\(/.test(line));
}

/** Dependencies of a package.json that are not one exact version. */
export function loosePins(manifest: Record<string, unknown>): string[] {
  const groups = ['dependencies', 'devDependencies', 'optionalDependencies'].map((group) => (manifest[group] ?? {}) as Record<string, string>);
  return groups.flatMap((group) => Object.entries(group)).filter(([name, version]) => !name.startsWith('@shadower/') && !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)).map(([name, version]) => `${name}@${version}`);
}

/** Statements of an app's main.ts behind its imports, and the module that it imports first. */
export function mainShape(source: string): { firstImport: string; statements: number } {
  const code = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '').trim();
  const imports = [...code.matchAll(/^import (?:[^;']*? from )?'([^']+)';$/gm)];
  const rest = imports.reduce((text, [whole]) => text.replace(whole, ''), code);
  return { firstImport: imports[0]?.[1] ?? '', statements: rest.split(';').filter((statement) => statement.trim() !== '').length };
}

/** Paths of this repository that a page names in code, `apps/...` and the like, and that are not there. Patterns and places in made folders are no paths. */
export function missingPaths(text: string, root: string): string[] {
  const named = [...text.matchAll(/`((?:apps|docker|docs|k8s|libs|monitoring|tools)\/[^`\s*<>{}]+)`/g)].map(([, path]) => String(path));
  return named.filter((path) => !/\/(dist|out|node_modules)(\/|$)/.test(path) && !existsSync(join(root, path)));
}
