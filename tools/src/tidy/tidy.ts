import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const withoutBlocks = (markdown: string): string => markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '');

/** Targets of Markdown links and images that lead into the repository, with their anchors; code is no link. */
export function relativeLinks(markdown: string): string[] {
  const prose = withoutBlocks(markdown).replace(/`[^`\n]*`/g, '');
  const targets = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)/g), ...prose.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target)).map((target) => decodeURI(target));
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  const words = [...withoutBlocks(markdown).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) => heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1'));
  const anchors = words.map((heading) => heading.toLowerCase().replace(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-'));
  return anchors.map((anchor, index) => {
    const before = anchors.slice(0, index).filter((other) => other === anchor).length;
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

/** Links of a Markdown file at `path` that lead nowhere: to no file, or to no heading of a page. */
export function deadLinks(path: string, markdown: string, root: string): string[] {
  return relativeLinks(markdown).filter((target) => {
    const [file = '', anchor] = target.split('#');
    const place = join(root, file.startsWith('/') ? '' : dirname(path), file);
    if (file !== '' && !existsSync(place)) return true;
    if (anchor === undefined || !(file === '' || file.endsWith('.md'))) return false;
    return !anchorsOf(file === '' ? markdown : readFileSync(place, 'utf8')).includes(anchor);
  });
}

/** Headings that stand on a page for the second time. */
export function repeatedHeadings(markdown: string): string[] {
  const headings = [...withoutBlocks(markdown).matchAll(/^#{1,6} .+$/gm)].map(([heading]) => heading);
  return headings.filter((heading, index) => headings.indexOf(heading) < index);
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
