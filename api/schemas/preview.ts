import { z } from 'zod';
import { mappedLists, resources, type MappedList } from '../../domain/it-glue/index.js';
import { kindNames, sections } from '../../domain/kinds/index.js';
import { id, instant } from './common.js';

const count = z.int().min(0);
const entry = z.object({ id: z.string(), name: z.string() });
const makeModel = z.object({ manufacturer: z.string(), model: z.string().describe('Empty for the make itself.') });
const record = z.object({ kind: z.enum(kindNames), recordId: id, title: z.string() });

/** A word of the client and what it becomes in the account. */
export const mappedWord = z
  .looseObject({
    word: z.string(),
    records: count.describe('Records that use it.'),
    entry: entry.nullable().describe('The existing entry that is used; null: a new one of that name is created (an operating system goes into the notes).'),
    by: z.enum(['person', 'memory', 'name', 'nothing']).describe('Why: a person chose it here, or for an earlier client; the names are equal; or nothing is known.'),
    alike: entry.nullable().describe('An existing entry of nearly that name.'),
    undecided: z.boolean().describe('A person must say whether `alike` is meant before an export starts.'),
  })
  .meta({ id: 'MappedWord' });

const byList = <T extends z.ZodType>(item: T) => z.object(Object.fromEntries(mappedLists.map((list) => [list, z.array(item)])) as Record<MappedList, z.ZodArray<T>>);

const spellingRow = z.looseObject({
  recordId: id,
  kind: z.enum(['make', 'model']),
  typed: makeModel,
  suggestion: z.looseObject({ itGlueId: z.string(), target: makeModel, band: z.enum(['same', 'probable', 'none']), confidence: z.number(), reason: z.string(), source: z.string() }).nullable(),
  decided: z.string().nullable().describe('The id of an existing entry, `new`, or null while nobody has decided.'),
});

const problem = record
  .extend({
    field: z.string().nullable(),
    message: z.string(),
    severity: z.enum(['refused', 'warning']).describe('`refused`: IT Glue certainly does not take it, and an export does not start until the record is skipped or corrected. `warning`: it may refuse it.'),
    skipped: z.boolean(),
  })
  .meta({ id: 'PreviewProblem' });

const homeless = record.extend({ field: z.string().nullable().describe('Null: the record as a whole.'), message: z.string() });

const open = z.object({ spellings: count, mappings: count, problems: count }).describe('What must be decided before an export starts.');

/** What an export will create, as the API shows it. */
export const readyPreview = z
  .object({
    id,
    state: z.literal('ready'),
    dataVersion: z.int().describe('The version of the client that it shows; an export of anything newer is refused.'),
    stale: z.boolean().describe('The client was changed since; `.../changes` says how.'),
    createdAt: instant,
    target: z.object({
      apiUrl: z.string(),
      webUrl: z.string().nullable(),
      region: z.string().nullable(),
      standIn: z.boolean(),
      words: z.string().describe('One sentence that says where the records go, and plainly so when it is the stand-in.'),
      passwordAccess: z.enum(['yes', 'no', 'unknown']).optional().describe('Whether the API key may write the values of passwords, as far as is known.'),
    }),
    warnings: z.array(z.string()).describe('What the connection will not do, such as writing the values of passwords.'),
    organization: z.object({ name: z.string() }),
    organizationTypes: z.array(entry).describe('Of the account, to choose one for `POST .../exports`.'),
    organizationStatuses: z.array(entry),
    counts: z.partialRecord(z.enum(resources), count).describe('Records that will be created, without those that are skipped.'),
    vendorContacts: z.array(z.object({ recordId: id, title: z.string() })).describe('Vendors, each of which becomes a contact.'),
    makes: z.array(z.object({ make: z.string(), model: z.string().nullable(), existing: z.boolean() })).describe('Makes and models that will be created, then those that the account has, for reference: the first 1,000.'),
    newMakes: z.array(z.string()),
    newModels: z.array(z.object({ make: z.string(), model: z.string() })),
    existingMakes: z.array(z.string()),
    spelling: z.array(spellingRow).describe('New makes and models, each with the existing entry that it may mean.'),
    lookups: byList(mappedWord).describe('Types, statuses, categories and operating systems that the records use.'),
    lists: byList(entry).describe('Entries of the account to choose from; at most 1,000 of each list.'),
    sites: z.array(
      z.object({
        recordId: id,
        title: z.string(),
        country: z.string().nullable(),
        region: z.string().nullable(),
        keptInNotes: z.array(z.string()).describe('State or country that the account does not list: kept in the notes of the location.'),
      }),
    ),
    clientFiles: z.object({ host: z.string().nullable().describe('The site that files of the client as a whole are put at.'), count }),
    problems: z.array(problem).describe('What IT Glue would refuse, then at most 1,000 warnings.'),
    skipped: z.array(record).describe('Left out by a person, with what hangs on them.'),
    duplicates: z.array(z.object({ kind: z.enum(kindNames), records: z.array(z.object({ recordId: id, title: z.string() })), band: z.string(), reason: z.string() })),
    withoutHome: z.array(homeless).describe('Records and fields that IT Glue has no place for.'),
    open,
  })
  .meta({ id: 'Preview' });

export const buildingPreview = z.object({ id, state: z.literal('building'), createdAt: instant }).meta({ id: 'PreviewBuilding' });

/** What changed since a preview was made; also a member of the 409 that a stale one gets. */
export const previewChanges = z
  .object({
    stale: z.boolean(),
    added: count,
    changed: count,
    removed: count,
    records: z
      .array(
        z.object({
          change: z.enum(['added', 'changed', 'removed']),
          kind: z.enum(kindNames),
          page: z.string(),
          section: z.enum(sections),
          recordId: id,
          title: z.string().nullable().describe('Null for people who may not read the section.'),
          fields: z.array(z.string()),
          by: z.object({ userId: id, name: z.string() }).nullable(),
        }),
      )
      .describe('The first 200.'),
  })
  .meta({ id: 'PreviewChanges' });

export const mappingBody = z.strictObject({
  mappings: z
    .array(
      z.discriminatedUnion('choice', [
        z.strictObject({
          list: z.enum(mappedLists),
          word: z.string('must be text').min(1, 'must not be empty').max(255, 'must be at most 255 characters'),
          choice: z.literal('use_existing'),
          itGlueId: z.string('must be text').regex(/^\d{1,19}$/, 'must be an id of IT Glue'),
        }),
        z.strictObject({
          list: z.enum(mappedLists),
          word: z.string('must be text').min(1, 'must not be empty').max(255, 'must be at most 255 characters'),
          choice: z.literal('create').describe('For an operating system: kept in the notes.'),
        }),
      ]),
    )
    .min(1, 'must hold at least one mapping')
    .max(1_000, 'must hold at most 1000 mappings'),
});

export const mappingAnswer = z.object({ lookups: byList(mappedWord), open });
