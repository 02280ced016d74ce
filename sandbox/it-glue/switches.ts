// The closed set of behaviours that may differ between tenants or that nobody outside the vendor knows for sure.
// Each row: its default (what the evidence favours), what it may be, and what it decides. docs/sandbox.md prints this table.

type Choice = { readonly kind: 'choice'; readonly values: readonly [string, ...string[]]; readonly about: string };
type Whole = { readonly kind: 'whole'; readonly initial: number; readonly min: number; readonly max: number; readonly about: string };

const choice = <const V extends readonly [string, ...string[]]>(about: string, ...values: V) => ({ kind: 'choice', values, about }) as const;
const whole = (about: string, initial: number, min: number, max: number) => ({ kind: 'whole', initial, min, max, about }) as const;

/** Every switch. The first value of a choice is its default. */
export const switchTable = {
  idMode: choice('Size of new ids: up to 9 digits (US) or 17 digits above 2^53 (EU, AU)', 'small', 'large17'),
  contentType: choice('Whether `application/json` bodies pass, or only `application/vnd.api+json`', 'strict', 'acceptJson'),
  responseType: choice('Content type of JSON answers', 'vnd', 'json'),
  createStatus: choice('Status of a create: 201 everywhere, or 201 for locations only and 200 elsewhere', 'always201', 'onlyLocations201'),
  invalidUtf8: choice('Bytes that are not UTF-8: replaced by `?`, or refused with 400', 'replace', 'reject400'),
  fourByteCharacters: choice('Characters outside the basic plane (emoji)', 'keep', 'replace', 'reject422'),
  controlCharacters: choice('Control characters in text other than tab and line ends', 'keep', 'strip', 'reject422'),
  maxBodyBytes: whole('Largest request body in bytes; larger gets 413', 10 * 1024 * 1024, 1_024, 1024 * 1024 * 1024),
  maxNameLength: whole('Longest name; longer gets 422. 0 turns the check off', 255, 0, 100_000),
  rateLimit: whole('Requests per key and window; more get 429. 0 turns the limit off', 3_000, 0, 1_000_000),
  rateLimitWindowSeconds: whole('Length of the rate window in seconds', 300, 1, 86_400),
  retryAfter: choice('Whether a 429 carries Retry-After', 'off', 'on'),
  unknownAttributes: choice('Attributes nobody knows in a write, and contact arrays beside `attributes`', 'ignore', 'reject422'),
  unknownFilter: choice('Filters nobody knows: ignored (the full list comes back), or refused', 'ignore', 'reject400'),
  filterName: choice('How filter[name] compares', 'exact', 'exactCaseInsensitive', 'substring'),
  nestedFilter: choice('Filters on nested lists', 'apply', 'ignore'),
  invalidSort: choice('A sort key the list does not have', '400', '422', 'ignore'),
  invalidInclude: choice('An include the resource does not have', '400', '422', 'ignore'),
  listIncludes: choice('include on a list: everything the single record offers (related_items), or only what the reference names for lists', 'likeShow', 'documented'),
  pageSizeAboveMax: choice('page[size] above 1000', 'clamp', '400'),
  countryRegionsRoute: choice('/countries/:id/relationships/regions: lists every region, or those of the country', 'ignoresCountry', 'filters'),
  regionIso: choice('Form of a region code: `CA` or `US-CA`', 'short', 'full'),
  unknownForeignKey: choice('An id in a body that is unknown or belongs to another organization', '401', '422'),
  notFoundForm: choice('Body of the 404 for an unknown id', 'json', 'html'),
  bulkAtomicity: choice(
    'One bad element in a bulk write: nothing is written; or the good ones are written and the answer is 422; or 2xx with the good ones only',
    'allOrNothing',
    'partial',
    'partialSilent',
  ),
  bulkOrder: choice('Order of the answer to a bulk create', 'sameAsRequest', 'reversed', 'shuffled'),
  embeddedPasswordUnknownType: choice('resource-type of a password outside the list: becomes a general password, or 422', 'general', '422'),
  embeddedResourceType: choice('How answers spell the resource-type of an embedded password: `Configuration`, or `configurations`', 'documented', 'kebabPlural'),
  passwordWithoutPermission: choice('A write with a secret by a key without password access: secret dropped, or 422', 'omit', 'reject'),
  relatedItemDuplicates: choice('A second relation between the same two records', 'allow', 'reject422'),
  relatedItemsIncluded: choice('include=related_items: relations that start at the record, or also those that lead to it', 'fromSource', 'fromBoth'),
  secondPrimaryLocation: choice('A second primary location of one organization', 'newWins', 'keepBoth', 'reject422'),
  contactWithoutName: choice('A contact with neither first nor last name', 'accept', 'reject422'),
  unknownContactLabel: choice('label-name of an e-mail or phone other than Work, Home, Cell, Mobile, Fax', 'accept', 'reject422'),
  contactArraysOnPatch: choice('contact-emails and contact-phones in PATCH', 'replace', 'merge'),
  regionOutsideCountry: choice('A region that is not in the country sent with it', 'accept', 'reject422'),
  modelOfOtherManufacturer: choice('A model that is not of the manufacturer sent with it', 'accept', 'reject422'),
  parentIdOnCreate: choice('parent_id of a new organization', 'ignore', 'accept'),
  uniqueLookups: choice('A name that a type, status, category, manufacturer or model already has', 'off', 'reject422'),
  refusalWords: choice('Whether a 422 repeats the values that were submitted, in its texts and its pointers', 'plain', 'repeatsValues'),
  organizationDeleteDelayMs: whole('How long a deleted organization stays visible, in ms', 5_000, 0, 3_600_000),
  exportDelayMs: whole('How long an export takes until it has its download-url, in ms', 2_000, 0, 3_600_000),
  extraAttributes: choice('Response attributes that no document names', 'on', 'off'),
} as const satisfies Record<string, Choice | Whole>;

export type SwitchName = keyof typeof switchTable;
export type Switches = {
  -readonly [K in SwitchName]: (typeof switchTable)[K] extends { values: readonly (infer V)[] } ? V : number;
};

export class SwitchError extends Error {}

export function defaultSwitches(): Switches {
  return Object.fromEntries(
    Object.entries(switchTable).map(([name, row]) => [name, row.kind === 'choice' ? row.values[0] : row.initial]),
  ) as Switches;
}

/** Checks a partial set from outside. Throws SwitchError naming the switch and what it may be. */
export function checkSwitches(input: unknown): Partial<Switches> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) throw new SwitchError('switches must be an object of name and value');
  const checked: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(input)) {
    const row: Choice | Whole | undefined = Object.hasOwn(switchTable, name) ? switchTable[name as SwitchName] : undefined;
    if (row === undefined) throw new SwitchError(`unknown switch "${name}"`);
    if (row.kind === 'choice') {
      if (typeof value !== 'string' || !row.values.includes(value)) throw new SwitchError(`switch "${name}" must be one of ${row.values.join(', ')}`);
      checked[name] = value;
    } else {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < row.min || value > row.max) {
        throw new SwitchError(`switch "${name}" must be a whole number from ${row.min} to ${row.max}`);
      }
      checked[name] = value;
    }
  }
  return checked as Partial<Switches>;
}
