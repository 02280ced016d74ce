/**
 * What the client meets of each behaviour that nobody outside the vendor knows for sure, every way of every switch of the
 * stand-in. The table is typed: a switch, or a value of one, without a statement does not compile. (That everything works at
 * every value is in contract.test.ts.)
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createItGlueClient, unpaced, type ItGlueClient } from '../../it-glue/index.js';
import { startItGlueSandbox, type Sandbox, type Switches } from '../../sandbox/it-glue/index.js';
import { failure } from './scripted-server.js';

let sandbox: Sandbox;
let client: ItGlueClient;
let organization: string;
let type: string;

type Case = () => Promise<void>;
/** One case for each value of a choice; for a number, one where it limits and one where it does not; or why it is never met. */
type Cases = { readonly [K in keyof Switches]: string | (Switches[K] extends string ? Readonly<Record<Switches[K], Case>> : { readonly limiting: Case; readonly wide: Case }) };

const set = (switches: Partial<Switches>): Switches => sandbox.control.setSwitches(switches);
const places = (records: readonly { readonly name: string; readonly primary?: boolean }[]) => client.locations.createMany(organization, records);
const refused = { kind: 'invalid', effect: 'none' };
const named = async (name: string) => (await client.manufacturers.create(name)).attributes.name;
const country = async (iso: string) => (await client.countries.list()).find((each) => each.attributes.iso === iso)!.id;
const oneBad = [{ name: 'Good' }, { name: '' }];
const count = async () => (await client.locations.list(organization)).length;
const primaries = async () => (await client.locations.list(organization)).filter((each) => each.attributes.primary).map((each) => each.attributes.name);
const relate = async (destinationId: string) => client.relatedItems.createMany('locations', (await places([{ name: 'From' }]))[0]!.id, [{ destinationId, destinationType: 'Location' }]);
const foreign = async () => failure(client.contacts.createMany(organization, [{ firstName: 'A', locationId: '99999999' }]));
const limitedKey = () => {
  const { key } = sandbox.control.addKey({ label: `limited ${Math.random()}`, passwordAccess: false });
  return createItGlueClient({ baseUrl: sandbox.url, apiKey: key, pace: unpaced });
};
const twoMakers = async () => {
  const [one, other] = [await client.manufacturers.create('One'), await client.manufacturers.create('Other')];
  const [model] = await client.models.createMany(other.id, ['M']);
  return client.configurations.createMany(organization, [{ name: 'PC', configurationTypeId: type, manufacturerId: one.id, modelId: model!.id }]);
};
const californiaIn = async (iso: string) => {
  const california = (await client.regions.listByCountry(await country('US'))).find((each) => each.attributes.name === 'California')!;
  return client.locations.createMany(organization, [{ name: 'Site', countryId: await country(iso), regionId: california.id }]);
};
const labelled = (labelName: string) => client.contacts.createMany(organization, [{ firstName: 'A', contactEmails: [{ value: 'a@b.example', labelName }] }]);
const three = async () => (await places([{ name: 'a' }, { name: 'b' }, { name: 'c' }])).map((each) => each.attributes.name);

const cases: Cases = {
  idMode: {
    small: async () => expect(organization).toMatch(/^\d{8,9}$/),
    large17: async () => expect((await places([{ name: 'A' }]))[0]!.attributes.organizationId).toBe(organization),
  },
  contentType: 'every body goes out as application/vnd.api+json, which passes both ways',
  responseType: 'answers are read as JSON whatever their label says',
  createStatus: 'any 2xx with an id is a success',
  invalidUtf8: 'bodies are written as UTF-8',
  fourByteCharacters: {
    keep: async () => expect(await named('Rack 🗄')).toBe('Rack 🗄'),
    // What comes back is told, so that who compares sees the difference.
    replace: async () => expect(await named('Rack 🗄')).toBe('Rack ?'),
    reject422: async () => expect(await failure(named('Rack 🗄'))).toMatchObject(refused),
  },
  controlCharacters: {
    keep: async () => expect(await named('a\u0001b')).toBe('a\u0001b'),
    strip: async () => expect(await named('a\u0001b')).toBe('ab'),
    reject422: async () => expect(await failure(named('a\u0001b'))).toMatchObject(refused),
  },
  maxBodyBytes: {
    limiting: async () => {
      set({ maxBodyBytes: 2_000 });
      expect(await failure(client.organizations.create({ name: 'X', description: 'y'.repeat(5_000) }))).toMatchObject({ kind: 'tooLarge', effect: 'none' });
    },
    wide: async () => expect((await client.organizations.create({ name: 'X', description: 'y'.repeat(5_000) })).id).toMatch(/^\d+$/),
  },
  maxNameLength: {
    limiting: async () => expect(await failure(named('n'.repeat(300)))).toMatchObject({ ...refused, fields: [{ pointer: 'name' }] }),
    wide: async () => {
      set({ maxNameLength: 0 });
      expect(await named('n'.repeat(300))).toHaveLength(300);
    },
  },
  rateLimit: {
    limiting: async () => {
      set({ rateLimit: 1, rateLimitWindowSeconds: 60 });
      const impatient = createItGlueClient({ baseUrl: sandbox.url, apiKey: sandbox.apiKey, pace: unpaced, maxRateLimitWaits: 0 });
      await impatient.platforms.list().catch(() => undefined);
      expect(await failure(impatient.platforms.list())).toMatchObject({ kind: 'rateLimited', effect: 'none' });
      await impatient.close();
    },
    wide: async () => {
      set({ rateLimit: 0 });
      for (let at = 0; at < 5; at += 1) await client.platforms.list();
    },
  },
  rateLimitWindowSeconds: 'only tells how soon a 429 is over; the client waits as it is told, or a minute',
  retryAfter: {
    off: async () => {
      set({ rateLimit: 1, rateLimitWindowSeconds: 60 });
      expect(await pauseAsked()).toBeNull();
    },
    on: async () => {
      set({ rateLimit: 1, rateLimitWindowSeconds: 60 });
      expect(await pauseAsked()).toBeGreaterThan(1_000);
    },
  },
  unknownAttributes: 'sends attributes of the documents only: everything works at reject422',
  unknownFilter: 'filters by documented names only: everything works at reject400',
  filterName: {
    exact: async () => expect(await spelled()).toEqual(['Dell', 'DELL']),
    exactCaseInsensitive: async () => expect(await spelled()).toEqual(['Dell', 'DELL']),
    substring: async () => expect(await spelled()).toEqual(['Dell', 'DELL']),
  },
  nestedFilter: 'filters no nested list',
  invalidSort: 'sorts by documented keys only: everything works at 400',
  invalidInclude: 'includes documented names only: everything works at 400',
  listIncludes: 'includes nothing in lists: files and relations are read through their record',
  pageSizeAboveMax: 'asks for pages of at most 1,000',
  countryRegionsRoute: 'reads regions by filter, not by that route',
  regionIso: {
    short: async () => expect((await client.regions.listByCountry(await country('US'))).map((each) => each.attributes.iso)).toContain('CA'),
    full: async () => expect((await client.regions.listByCountry(await country('US'))).map((each) => each.attributes.iso)).toContain('US-CA'),
  },
  unknownForeignKey: {
    401: async () => expect(await foreign()).toMatchObject({ kind: 'noAccess', effect: 'none' }),
    422: async () => expect(await foreign()).toMatchObject({ ...refused, fields: [{ pointer: 'location-id' }] }),
  },
  notFoundForm: {
    json: async () => expect(await failure(client.organizations.show('99999999'))).toMatchObject({ kind: 'notFound', isStrayPage: false }),
    html: async () => expect(await failure(client.organizations.show('99999999'))).toMatchObject({ kind: 'notFound', isStrayPage: true }),
  },
  bulkAtomicity: {
    allOrNothing: async () => expect([await failure(places(oneBad)), await count()]).toMatchObject([{ kind: 'invalid', effect: 'unknown' }, 0]),
    partial: async () => expect([await failure(places(oneBad)), await count()]).toMatchObject([{ kind: 'invalid', effect: 'unknown' }, 1]),
    partialSilent: async () => expect([await failure(places(oneBad)), await count()]).toMatchObject([{ kind: 'unknownOutcome', effect: 'unknown' }, 1]),
  },
  bulkOrder: {
    sameAsRequest: async () => expect(await three()).toEqual(['a', 'b', 'c']),
    // As answered: whoever sent them matches by content.
    reversed: async () => expect(await three()).toEqual(['c', 'b', 'a']),
    shuffled: async () => expect((await three()).sort()).toEqual(['a', 'b', 'c']),
  },
  embeddedPasswordUnknownType: 'the type is one of the documented spellings, by its own type in the source',
  embeddedResourceType: {
    documented: async () => expect(await embedded()).toMatchObject({ resourceType: 'Location', cachedResourceTypeName: 'Location' }),
    // As answered: the record it belongs to is told by its id.
    kebabPlural: async () => expect(await embedded()).toMatchObject({ resourceType: 'locations', cachedResourceTypeName: 'Location' }),
  },
  passwordWithoutPermission: {
    omit: async () => {
      const limited = limitedKey();
      const [created] = await limited.passwords.createMany(organization, [{ name: 'A', password: 'S3cret' }]);
      expect(await limited.passwords.checkValue(created!.id, 'S3cret')).toBe('absent');
      await limited.close();
    },
    reject: async () => {
      const limited = limitedKey();
      expect(await failure(limited.passwords.createMany(organization, [{ name: 'A', password: 'S3cret' }]))).toMatchObject(refused);
      await limited.close();
    },
  },
  relatedItemDuplicates: {
    allow: async () => expect(await relateTwice()).toHaveLength(1),
    reject422: async () => expect(await failure(relateTwice())).toMatchObject(refused),
  },
  relatedItemsIncluded: {
    fromSource: async () => expect(await relationsAtTheEnd()).toHaveLength(0),
    fromBoth: async () => expect(await relationsAtTheEnd()).toHaveLength(1),
  },
  secondPrimaryLocation: {
    newWins: async () => expect([await twoPrimaries(), await primaries()]).toEqual(['created', ['B']]),
    keepBoth: async () => expect([await twoPrimaries(), await primaries()]).toEqual(['created', ['A', 'B']]),
    reject422: async () => expect([await twoPrimaries(), await primaries()]).toEqual(['invalid', ['A']]),
  },
  contactWithoutName: {
    accept: async () => expect(await client.contacts.createMany(organization, [{ firstName: '' }])).toHaveLength(1),
    reject422: async () => expect(await failure(client.contacts.createMany(organization, [{ firstName: '' }]))).toMatchObject(refused),
  },
  unknownContactLabel: {
    accept: async () => expect(await labelled('Weekend')).toHaveLength(1),
    reject422: async () => {
      expect(await failure(labelled('Weekend'))).toMatchObject(refused);
      for (const known of ['Work', 'Home', 'Cell']) expect(await labelled(known)).toHaveLength(1);
    },
  },
  contactArraysOnPatch: 'nothing is ever patched',
  regionOutsideCountry: {
    accept: async () => expect(await californiaIn('CA')).toHaveLength(1),
    reject422: async () => {
      expect(await failure(californiaIn('CA'))).toMatchObject(refused);
      expect(await californiaIn('US')).toHaveLength(1);
    },
  },
  modelOfOtherManufacturer: {
    accept: async () => expect(await twoMakers()).toHaveLength(1),
    reject422: async () => expect(await failure(twoMakers())).toMatchObject(refused),
  },
  parentIdOnCreate: 'no parent is ever sent',
  uniqueLookups: {
    off: async () => {
      const first = await client.contactTypes.create('Foreman');
      expect((await client.contactTypes.create('Foreman')).id).not.toBe(first.id);
      expect(await client.contactTypes.getOrCreate('foreman')).toMatchObject({ id: first.id, how: 'existing' });
    },
    reject422: async () => {
      const first = await client.contactTypes.create('Foreman');
      expect(await failure(client.contactTypes.create('FOREMAN'))).toMatchObject(refused);
      // A look that came too early: the refusal is taken as a reason to look again.
      expect(await client.contactTypes.getOrCreate('foreman', { lookedAt: [] })).toMatchObject({ id: first.id, how: 'existing' });
    },
  },
  refusalWords: {
    plain: async () => expect(await failure(named('n'.repeat(300)))).toMatchObject({ ...refused, fields: [{ pointer: 'name' }] }),
    repeatsValues: async () => {
      const error = await failure(named(`Xanadu ${'n'.repeat(300)}`));
      expect(error).toMatchObject({ ...refused, fields: [{ pointer: 'name' }, {}] });
      expect(JSON.stringify(error), 'nothing of what was sent comes back in an error').not.toContain('Xanadu');
    },
  },
  organizationDeleteDelayMs: 'nothing is ever deleted',
  exportDelayMs: 'no export of IT Glue is ever asked for',
  extraAttributes: 'unknown attributes are left out: everything works both ways',
};

async function spelled(): Promise<(string | null)[]> {
  for (const name of ['Dell EMC', 'DELL', 'Dell']) await client.manufacturers.create(name);
  return [(await client.manufacturers.findByName('Dell'))!.attributes.name, (await client.manufacturers.findByName('dell'))!.attributes.name];
}

/** The pause in ms that a 429 asked for, or null. */
async function pauseAsked(): Promise<number | null> {
  const impatient = createItGlueClient({ baseUrl: sandbox.url, apiKey: sandbox.apiKey, pace: unpaced, maxRateLimitWaits: 0 });
  try {
    await impatient.platforms.list().catch(() => undefined);
    return ((await failure(impatient.platforms.list())) as { retryAfterMs: number | null }).retryAfterMs;
  } finally {
    await impatient.close();
  }
}

async function embedded() {
  const [site] = await places([{ name: 'HQ' }]);
  const [made] = await client.passwords.createMany(organization, [{ name: 'A', password: 's', resourceId: site!.id, resourceType: 'Location' }]);
  const { attributes } = await client.passwords.show(organization, made!.id);
  expect(attributes.resourceId).toBe(site!.id);
  return attributes;
}

async function relateTwice() {
  const [from, to] = await places([{ name: 'From' }, { name: 'To' }]);
  const once = () => client.relatedItems.createMany('locations', from!.id, [{ destinationId: to!.id, destinationType: 'Location' }]);
  await once();
  return once();
}

async function relationsAtTheEnd() {
  const [to] = await places([{ name: 'To' }]);
  await relate(to!.id);
  return client.relatedItems.list('locations', to!.id);
}

async function twoPrimaries(): Promise<string> {
  await places([{ name: 'A', primary: true }]);
  return places([{ name: 'B', primary: true }]).then(() => 'created', (error: { kind: string }) => error.kind);
}

describe('the client at each value of each switch', () => {
  beforeAll(async () => {
    sandbox = await startItGlueSandbox();
  });
  beforeEach(() => sandbox.control.reset());
  afterEach(() => client.close());
  afterAll(() => sandbox.close());

  const all = Object.entries(cases).flatMap(([name, values]) => (typeof values === 'string' ? [] : Object.entries(values as Record<string, Case>).map(([value, run]) => ({ name, value, run }))));
  it.each(all)('$name: $value', async ({ name, value, run }) => {
    if (value !== 'limiting' && value !== 'wide') set({ [name]: value } as Partial<Switches>);
    client = createItGlueClient({ baseUrl: sandbox.url, apiKey: sandbox.apiKey, pace: unpaced, settleDelaysMs: [10, 20] });
    organization = (await client.organizations.create({ name: 'Acme' })).id;
    type = (await client.configurationTypes.list())[0]!.id;
    await run();
  });
});
