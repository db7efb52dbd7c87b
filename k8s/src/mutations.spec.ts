import { type Manifest, nameOf } from './manifest';
import { mutationsOf } from './mutations';
import { render } from './render';
import { RULES } from './rules/rules';
import { schemaProblems } from './schema/strict-schema';

/** Alert rules are compared with monitoring/, where they have mutations of their own. */
const ELSEWHERE = ['PrometheusRule'];

function survivors(objects: Manifest[], skipped: ReadonlySet<string>): { total: number; lines: string[] } {
  const lines: string[] = [];
  let total = 0;
  for (const [index, object] of objects.entries()) {
    if (ELSEWHERE.includes(object.kind) || skipped.has(nameOf(object))) continue;
    for (const mutation of mutationsOf(object)) {
      const broken = structuredClone(object) as Manifest;
      mutation.apply(broken);
      const cluster = objects.with(index, broken);
      total += 1;
      if (schemaProblems(broken).length === 0 && !RULES.some((rule) => rule.check(cluster).length > 0)) lines.push(`${nameOf(object)} ${mutation.path}: ${mutation.what}`);
    }
  }
  return { total, lines };
}

describe('mutation proof', () => {
  const production = render('overlays/prod-operators');
  it.each([
    ['overlays/prod-operators', production, new Set<string>()],
    // The trial's own objects; the rest it shares with production.
    ['overlays/dev', render('overlays/dev'), new Set(production.map(nameOf))],
  ])('%s: every field that is broken is noticed', (overlay, objects, skipped) => {
    const { total, lines } = survivors(objects, skipped);
    process.stdout.write(`${overlay}: ${total - lines.length} of ${total} mutations caught\n`);
    expect(lines).toEqual([]);
  });
});
