/** A text of SQL, in which a quote is doubled, or escaped where the text begins with E. */
const LITERAL = /\bE'(?:[^'\\]|\\.|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)/gis;

/**
 * A statement as spans and breadcrumbs show it. One with parameters is shown as it is, for its texts are those of our own code; one without,
 * such as COPY, which cannot have any, may hold values of callers: its texts become `?`.
 */
export function redactStatement(sql: string): string {
  if (!sql.includes("'")) return sql;
  const bare = sql.replace(LITERAL, '?');
  return /\$\d/.test(bare) ? sql : bare;
}
