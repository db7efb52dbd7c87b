import { parser } from '@prometheus-io/lezer-promql';

export type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

export interface Matcher {
  label: string;
  op: '=' | '!=' | '=~' | '!~';
  value: string;
}
export interface Selector {
  metric: string;
  matchers: Matcher[];
}
/** What is known of a metric: its labels; undefined when there is none of that name. */
export type LabelsOf = (metric: string) => ReadonlySet<string> | undefined;

/** The syntax tree of an expression; throws where it does not parse. */
export function parsePromql(expr: string): SyntaxNode {
  const tree = parser.parse(expr);
  tree.iterate({
    enter(node) {
      if (node.type.isError) throw new Error(`PromQL does not parse at ${node.from}: ${expr}`);
    },
  });
  return tree.topNode;
}

const children = (node: SyntaxNode): SyntaxNode[] => {
  const all: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) all.push(child);
  return all;
};
const named = (node: SyntaxNode, ...names: string[]): SyntaxNode[] => children(node).filter(({ name }) => names.includes(name));
/** Every node of a kind at or below `node`. */
export const everywhere = (node: SyntaxNode, name: string): SyntaxNode[] => [...(node.name === name ? [node] : []), ...children(node).flatMap((child) => everywhere(child, name))];

function selectorOf(expr: string, node: SyntaxNode): Selector {
  const text = (at: SyntaxNode | null | undefined): string => (at ? expr.slice(at.from, at.to) : '');
  const matchers = everywhere(node, 'UnquotedLabelMatcher').map((matcher) => ({
    label: text(matcher.getChild('LabelName')),
    op: text(matcher.getChild('MatchOp')) as Matcher['op'],
    value: JSON.parse(text(matcher.getChild('StringLiteral')).replace(/^'(.*)'$/, '"$1"')) as string,
  }));
  return { metric: text(node.getChild('Identifier')), matchers };
}

/** Every selector of an expression, in the order in which they stand there. */
export const selectors = (expr: string): Selector[] => everywhere(parsePromql(expr), 'VectorSelector').map((node) => selectorOf(expr, node));

const KEEP_LEFT = new Set(['and', 'unless']);

/** The labels that a binary operator leaves; a side without labels is a number. */
function joined(operator: string, left: Set<string>, right: Set<string>, on: string[] | undefined): Set<string> {
  if (operator === 'or') return new Set([...left, ...right]);
  if (KEEP_LEFT.has(operator) || right.size === 0) return left;
  if (left.size === 0) return right;
  return on ? new Set(on) : left;
}

/** The labels that the series of an expression have, and what is wrong with its labels and metrics. */
export function analyse(expr: string, labelsOf: LabelsOf): { labels: Set<string>; problems: string[] } {
  const problems: string[] = [];
  const text = (node: SyntaxNode): string => expr.slice(node.from, node.to);
  const grouping = (node: SyntaxNode | null | undefined): string[] => (node ? everywhere(node, 'LabelName').map(text) : []);
  const require = (wanted: string[], there: Set<string>, where: string): void => {
    for (const label of wanted) if (!there.has(label)) problems.push(`${where} names the label ${label}, which its series do not have: ${expr}`);
  };

  const select = (node: SyntaxNode): Set<string> => {
    const { metric, matchers } = selectorOf(expr, node);
    const labels = labelsOf(metric);
    if (!labels) problems.push(`no such metric: ${metric}`);
    require(matchers.map(({ label }) => label), new Set(labels), metric);
    return new Set(labels);
  };
  const aggregate = (node: SyntaxNode): Set<string> => {
    const inner = operands(node.getChild('FunctionCallBody') as SyntaxNode);
    const modifier = node.getChild('AggregateModifier');
    const names = grouping(modifier);
    if (modifier) require(names, inner, text(modifier));
    if (['topk', 'bottomk'].includes(text(node.getChild('AggregateOp') as SyntaxNode))) return inner;
    if (modifier?.getChild('Without')) return new Set([...inner].filter((label) => !names.includes(label)));
    return new Set(names);
  };
  const call = (node: SyntaxNode): Set<string> => {
    const name = text(node.getChild('FunctionIdentifier') as SyntaxNode);
    const labels = operands(node.getChild('FunctionCallBody') as SyntaxNode);
    if (name === 'histogram_quantile' && !labels.delete('le')) problems.push(`histogram_quantile without buckets: ${expr}`);
    if (name === 'label_replace') labels.add(JSON.parse(text(everywhere(node, 'StringLiteral')[0] as SyntaxNode)) as string);
    if (name === 'absent' || name === 'vector') return new Set();
    return labels;
  };
  const binary = (node: SyntaxNode): Set<string> => {
    const clause = node.getChild('MatchingModifierClause');
    const [left, right] = children(node).filter((child) => isOperand(child)).map(visit) as [Set<string>, Set<string>];
    const names = clause ? grouping(named(clause, 'GroupingLabels')[0]) : [];
    const operator = (children(node).find((child) => !isOperand(child)) as SyntaxNode).name.toLowerCase();
    if (clause?.getChild('On')) for (const side of [left, right]) if (side.size > 0) require(names, side, text(clause));
    return joined(operator, left, right, clause?.getChild('On') && !clause.getChild('GroupLeft') ? names : undefined);
  };
  const operands = (node: SyntaxNode): Set<string> => new Set(children(node).filter((child) => isOperand(child)).flatMap((child) => [...visit(child)]));
  const visit = (node: SyntaxNode): Set<string> => {
    if (node.name === 'VectorSelector') return select(node);
    if (node.name === 'AggregateExpr') return aggregate(node);
    if (node.name === 'FunctionCall') return call(node);
    if (node.name === 'BinaryExpr') return binary(node);
    return operands(node);
  };
  return { labels: visit(parsePromql(expr)), problems };
}

const OPERANDS = new Set(['VectorSelector', 'AggregateExpr', 'FunctionCall', 'BinaryExpr', 'ParenExpr', 'MatrixSelector', 'SubqueryExpr', 'OffsetExpr', 'StepInvariantExpr', 'UnaryExpr', 'NumberDurationLiteral', 'StringLiteral']);
const isOperand = (node: SyntaxNode): boolean => OPERANDS.has(node.name);

/** The expressions directly below `node`. */
export const operandsOf = (node: SyntaxNode): SyntaxNode[] => children(node).filter(isOperand);
