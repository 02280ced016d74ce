/** Names of attributes are few and come again with each record: what they become is remembered. */
const remembered = 2_000;

function remembering(rename: (name: string) => string): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const renamed = rename(name);
    if (known.size < remembered) known.set(name, renamed);
    return renamed;
  };
}

/** `addressLine1`, `macAddress` -> `address-line-1`, `mac-address`. */
export const toKebab = remembering((name) => name.replace(/_/g, '-').replace(/([a-z])([A-Z0-9])/g, '$1-$2').toLowerCase());

/** `mac-address` or `mac_address` -> `macAddress`; `address-1` -> `address1`. */
export const toCamel = remembering((name) => name.replace(/[-_]+([a-z0-9])/g, (_match, next: string) => next.toUpperCase()));

/** Our attributes as IT Glue wants them: kebab-case keys, also inside arrays; what is undefined is left out. */
export function encodeAttributes(attributes: object): Record<string, unknown> {
  return renameKeys(attributes, toKebab);
}

/** IT Glue's attributes as ours. Keys that would reach a prototype are dropped. */
export function decodeAttributes(attributes: unknown): Record<string, unknown> {
  return isPlainObject(attributes) ? renameKeys(attributes, toCamel) : {};
}

function renameKeys(source: object, rename: (name: string) => string): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(source)) {
    if (value === undefined || key === '__proto__') continue;
    result[rename(key)] = renameDeep(value, rename);
  }
  return result;
}

function renameDeep(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renameDeep(item, rename));
  return isPlainObject(value) ? renameKeys(value, rename) : value;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
