// Date ranges of filters: `start,end`, `*` for an open end, blanks around them allowed. Times without a zone are UTC.

export interface DateRange {
  /** Epoch milliseconds, both included; open ends are infinite. */
  readonly from: number;
  readonly to: number;
}

function readTime(text: string): number {
  return Date.parse(/^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?$/.test(text) ? `${text.replace(' ', 'T')}Z` : text);
}

/** The range a filter value means, or null when it is none. An end that is a day includes the whole day. */
export function readDateRange(value: string): DateRange | null {
  const [start = '*', end = '*'] = value.split(',').map((part) => part.trim());
  const from = start === '*' ? -Infinity : readTime(start);
  const to = end === '*' ? Infinity : readTime(end) + (/^\d{4}-\d{2}-\d{2}$/.test(end) ? 86_399_999 : 0);
  return Number.isNaN(from) || Number.isNaN(to) ? null : { from, to };
}
