// Faults: what goes wrong, on which requests. Rules are looked at in the order they were set; the first that fires wins.

/** What can go wrong. "before" means the write does not happen, "after" that it has happened when the caller learns nothing of it. */
export const faultKinds = [
  'cutBeforeCommit', 'cutAfterCommit', 'cutMidAnswer', 'status500Before', 'status500After', 'status502Before', 'status503Before', 'status504Before',
  'status504After', 'stallBefore', 'stallAfter', 'trickle', 'html404', 'message500Before', 'message500After', 'malformedJson', 'truncatedJson',
  'emptyBody', 'extraFields', 'rateLimited', 'revokeKeyBefore', 'revokeKeyAfter',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface FaultRule {
  readonly fault: FaultKind;
  /** Verb the rule is for; absent: all. */
  readonly method?: string;
  /** Path the rule is for, `*` standing for one segment and a final `**` for any rest; absent: all API paths. */
  readonly route?: string;
  /** Label of the key the rule is for; absent: all. */
  readonly key?: string;
  /** Fires on these matching requests, counted from 1. Absent: on every one. */
  readonly nth?: number | readonly number[];
  /** Fires on every so-manieth matching request. */
  readonly every?: number;
  /** Fires with this chance from 0 to 1, drawn from a generator of its own that `seed` starts. */
  readonly probability?: number;
  readonly seed?: number;
  /** Stops after it has fired so often. */
  readonly times?: number;
  /** Length of a stall or of a whole trickle in ms; default 30,000. */
  readonly ms?: number;
  /** For rateLimited: seconds in Retry-After; absent: no such header. */
  readonly retryAfter?: number;
  /** For the cuts: an orderly end of the connection, or a reset. Default: close. */
  readonly how?: 'close' | 'reset';
}

export interface FaultState {
  readonly id: number;
  readonly rule: FaultRule;
  /** Matching requests seen. */
  readonly seen: number;
  /** Times it fired. */
  readonly hits: number;
}

export class FaultError extends Error {}

/** Mulberry32: the same seed gives the same run of numbers in [0, 1). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function pathTest(route: string | undefined): (path: string) => boolean {
  if (route === undefined) return () => true;
  const wanted = route.split('/').filter(Boolean);
  const open = wanted.at(-1) === '**';
  if (open) wanted.pop();
  return (path) => {
    const parts = path.split('/').filter(Boolean);
    if (open ? parts.length < wanted.length : parts.length !== wanted.length) return false;
    return wanted.every((part, at) => part === '*' || part === parts[at]);
  };
}

interface Armed {
  readonly id: number;
  readonly rule: FaultRule;
  readonly onPath: (path: string) => boolean;
  readonly random: () => number;
  seen: number;
  hits: number;
}

export interface FaultSubject {
  readonly method: string;
  readonly path: string;
  readonly key: string | null;
}

const whole = (value: unknown, least: number): boolean => typeof value === 'number' && Number.isInteger(value) && value >= least;

/** Checks a rule from outside. Throws FaultError naming the field. */
export function checkFault(input: unknown): FaultRule {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) throw new FaultError('a fault must be an object');
  const rule = input as Record<string, unknown>;
  const checks: Record<string, (value: unknown) => string | null> = {
    fault: (value) => (faultKinds.includes(value as FaultKind) ? null : `one of ${faultKinds.join(', ')}`),
    method: (value) => (typeof value === 'string' ? null : 'a verb'),
    route: (value) => (typeof value === 'string' && value.startsWith('/') ? null : 'a path that starts with /'),
    key: (value) => (typeof value === 'string' ? null : 'the label of a key'),
    nth: (value) => (whole(value, 1) || (Array.isArray(value) && value.every((each) => whole(each, 1))) ? null : 'a whole number from 1, or an array of them'),
    every: (value) => (whole(value, 1) ? null : 'a whole number from 1'),
    probability: (value) => (typeof value === 'number' && value >= 0 && value <= 1 ? null : 'a number from 0 to 1'),
    seed: (value) => (whole(value, 0) ? null : 'a whole number from 0'),
    times: (value) => (whole(value, 1) ? null : 'a whole number from 1'),
    ms: (value) => (whole(value, 0) && (value as number) <= 600_000 ? null : 'a whole number of milliseconds up to 600000'),
    retryAfter: (value) => (whole(value, 0) ? null : 'a whole number of seconds'),
    how: (value) => (value === 'close' || value === 'reset' ? null : 'close or reset'),
  };
  if (rule['fault'] === undefined) throw new FaultError('fault is missing');
  for (const [name, value] of Object.entries(rule)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) throw new FaultError(`unknown field "${name}" in a fault`);
    const wanted = check(value);
    if (wanted !== null) throw new FaultError(`"${name}" of a fault must be ${wanted}`);
  }
  return rule as unknown as FaultRule;
}

export class Faults {
  private armed: Armed[] = [];
  private lastId = 0;

  /** Adds rules behind those already set; gives their ids. */
  add(rules: readonly FaultRule[]): number[] {
    return rules.map((rule) => {
      this.lastId += 1;
      this.armed.push({ id: this.lastId, rule, onPath: pathTest(rule.route), random: generator(rule.seed ?? 1), seen: 0, hits: 0 });
      return this.lastId;
    });
  }

  clear(): void {
    this.armed = [];
  }

  list(): FaultState[] {
    return this.armed.map(({ id, rule, seen, hits }) => ({ id, rule, seen, hits }));
  }

  /** The rule that fires on this request, if any. Every matching rule counts the request. */
  next(subject: FaultSubject): FaultRule | null {
    let fired: FaultRule | null = null;
    for (const each of this.armed) {
      const { rule } = each;
      if (rule.method !== undefined && rule.method.toUpperCase() !== subject.method) continue;
      if ((rule.key !== undefined && rule.key !== subject.key) || !each.onPath(subject.path)) continue;
      each.seen += 1;
      if (fired !== null || (rule.times !== undefined && each.hits >= rule.times) || !this.due(each)) continue;
      each.hits += 1;
      fired = rule;
    }
    return fired;
  }

  private due({ rule, seen, random }: Armed): boolean {
    if (rule.nth !== undefined && !(typeof rule.nth === 'number' ? rule.nth === seen : rule.nth.includes(seen))) return false;
    if (rule.every !== undefined && seen % rule.every !== 0) return false;
    return rule.probability === undefined || random() < rule.probability;
  }
}
