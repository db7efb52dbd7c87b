import { isCounter, labelsOf } from './known-metrics';
import { analyse, everywhere, operandsOf, parsePromql, selectors, type SyntaxNode } from './promql';

const SCRAPE_S = 15;
const LEAST_SCRAPES = 4;
const RETENTION_S = 35 * 86_400;
const OF_COUNTERS = ['rate', 'irate', 'increase', 'resets'];
const COMPARISONS = ['Eql', 'Neq', 'Gtr', 'Gte', 'Lss', 'Lte'];
const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 };

const seconds = (duration: string): number => [...duration.matchAll(/(\d+)([smhd])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * SECONDS[unit as keyof typeof SECONDS], 0);

type Check = (expr: string, tree: SyntaxNode) => string[];
const textOf = (expr: string, node: SyntaxNode | null): string => (node ? expr.slice(node.from, node.to) : '');
const ranges = (expr: string, tree: SyntaxNode): string[] => [...everywhere(tree, 'MatrixSelector'), ...everywhere(tree, 'SubqueryExpr')].map((node) => textOf(expr, node.getChild('DurationExpr')));
const isScalar = (node: SyntaxNode): boolean => everywhere(node, 'VectorSelector').length === 0 && everywhere(node, 'Vector').length === 0;
const has = (node: SyntaxNode, names: readonly string[]): boolean => names.some((name) => node.getChild(name));

/** Prometheus anchors regular expressions itself, and a plain word or everything needs none. */
const regexp: Check = (expr) =>
  selectors(expr).flatMap(({ metric, matchers }) =>
    matchers.filter(({ op }) => op.endsWith('~')).flatMap(({ label, value }) => {
      if (/^\^|(?<!\\)\$$/.test(value)) return [`${metric}: ${label} is anchored twice`];
      return value === '.*' || !/[.*+?|()[\]{}\\]/.test(value) ? [`${metric}: ${label} needs no regular expression`] : [];
    }),
  );

/** A rate is of a counter as it was scraped, over enough scrapes to outlive a lost one. */
const rate: Check = (expr, tree) =>
  everywhere(tree, 'FunctionCall').flatMap((call) => {
    const name = textOf(expr, call.getChild('FunctionIdentifier'));
    if (!OF_COUNTERS.includes(name)) return [];
    const [argument] = operandsOf(call.getChild('FunctionCallBody') as SyntaxNode);
    const [metric] = argument?.name === 'MatrixSelector' ? selectors(textOf(expr, argument)).map((selector) => selector.metric) : [];
    return metric && isCounter(metric) ? [] : [`${name} of ${metric ?? 'an expression'}, which is no counter`];
  });

const rangeLength: Check = (expr, tree) =>
  ranges(expr, tree).flatMap((range) => {
    if (seconds(range) < LEAST_SCRAPES * SCRAPE_S) return [`${range} has fewer than ${LEAST_SCRAPES} scrapes`];
    return seconds(range) > RETENTION_S ? [`${range} is longer than samples are kept`] : [];
  });

/** A counter says nothing but since when its process runs. */
const counter: Check = (expr, tree) => {
  const inRanges = everywhere(tree, 'MatrixSelector').flatMap((node) => everywhere(node, 'VectorSelector').map(({ from }) => from));
  return everywhere(tree, 'VectorSelector').filter(({ from }) => !inRanges.includes(from)).map((node) => textOf(expr, node.getChild('Identifier'))).filter(isCounter).map((metric) => `${metric} is a counter and shown raw`);
};

/** Without `on`, series join by all of their labels: sides with other labels never meet. */
const vectorMatching: Check = (expr, tree) =>
  everywhere(tree, 'BinaryExpr').flatMap((node) => {
    const sides = operandsOf(node);
    if (node.getChild('MatchingModifierClause') || sides.some(isScalar)) return [];
    const [left, right] = sides.map((side) => [...analyse(textOf(expr, side), labelsOf).labels].sort().join());
    return left === right ? [] : [`{${left}} and {${right}} never match: ${textOf(expr, node)}`];
  });

const impossible: Check = (expr, tree) => [
  ...selectors(expr).filter(({ matchers }) => matchers.some((one) => matchers.some((other) => one.op === '=' && other.op === '=' && one.label === other.label && one.value !== other.value))).map(({ metric }) => `${metric} cannot have two values of one label`),
  ...everywhere(tree, 'BinaryExpr').filter((node) => has(node, COMPARISONS) && operandsOf(node).every(isScalar)).map((node) => `${textOf(expr, node)} compares numbers`),
];

/** Nothing happened is no ratio, not NaN. What is left of an objective is never 0. */
const division: Check = (expr, tree) =>
  everywhere(tree, 'BinaryExpr').filter((node) => node.getChild('Div')).map((node) => operandsOf(node)[1] as SyntaxNode)
    .filter((divisor) => !isScalar(divisor) && !/> 0\)$|^\(1 - slo:objective:ratio\)$/.test(textOf(expr, divisor))).map((divisor) => `divides by ${textOf(expr, divisor)}, which may be 0`);

/** Other series at every evaluation are other alerts at every evaluation; `without` keeps what a new label brings. */
const fragile: Check = (expr, tree) => [...['Topk', 'Bottomk', 'LimitK', 'LimitRatio'].flatMap((name) => everywhere(tree, name)), ...everywhere(tree, 'Without')].map((node) => `${textOf(expr, node)} in a rule`);

const apply = (expr: string, checks: readonly Check[]): string[] => checks.flatMap((check) => check(expr, parsePromql(expr)).map((problem) => `${problem}: ${expr}`));

/** What pint would say of a query of a rule, panel or runbook, as far as it can be said without a Prometheus. */
export const queryProblems = (expr: string): string[] => apply(expr, [regexp, rate, rangeLength, counter, vectorMatching, impossible]);

/** What it would say besides of the expression of a rule. */
export const ruleProblems = (expr: string): string[] => apply(expr, [division, fragile]);

/** Whether an alert may be silent: it compares, and a comparison that is false leaves nothing. */
export function compares(expr: string): boolean {
  const tree = parsePromql(expr);
  return everywhere(tree, 'BinaryExpr').some((node) => has(node, COMPARISONS)) && everywhere(tree, 'BoolModifier').length === 0;
}
