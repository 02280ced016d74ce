/**
 * Words that say what kind of company it is and are often left out of its name ("Extreme" for "Extreme Networks").
 * A difference in these words alone is asked about, never taken as the same: two companies may differ in nothing else.
 *
 * Source: words that end the names of many unrelated registrants in the IEEE Registration Authority's public list; chosen
 * by hand.
 */
export const companyWords: ReadonlySet<string> = new Set([
  'networks', 'network', 'networking', 'technologies', 'technology', 'systems', 'system', 'electronics', 'electronic',
  'communications', 'communication', 'international', 'group', 'holdings', 'holding', 'industries', 'solutions',
  'software', 'computer', 'computers', 'computing', 'enterprises', 'enterprise', 'worldwide', 'global', 'usa', 'europe',
  'products', 'devices', 'instruments', 'labs', 'laboratories', 'telecom', 'security', 'semiconductor', 'semiconductors',
]);

/** What people type when they do not know the maker; such an answer names nobody. Source: common practice in asset lists. */
export const placeholderMakers: ReadonlySet<string> = new Set([
  '', 'na', 'none', 'unknown', 'other', 'notapplicable', 'tbd', 'various', 'misc', 'null', 'notspecified', 'unspecified',
]);
