import { z } from 'zod';
import { connectionRegions, lapsesAt, nearLapseBefore, regionUrls, testedLists, testResults, testWords } from '../../domain/it-glue-connection.js';
import type { ConnectionView } from '../../store/index.js';
import { id, instant, iso, maybeInstant, maybeIso, version } from './common.js';

const region = z.enum(connectionRegions).describe('`stand_in`: the stand-in of IT Glue that runs beside this installation, where there is one.');
const passwords = z.enum(['yes', 'no', 'unknown']).describe('Whether the key may read and write the values of passwords. IT Glue shows it only by a password that an export has created.');

/** The origin alone: links are made by adding to it. */
const webUrl = z
  .url({ protocol: /^https$/, error: 'must be a web address such as https://acme.itglue.com' })
  .max(255, 'must be at most 255 characters')
  .refine((text) => ['', '/'].includes(text.slice(new URL(text).origin.length)), 'must end after the name of the server')
  .transform((text) => new URL(text).origin);

export const connectionBody = z.strictObject({
  region,
  webUrl: webUrl.nullish().describe('Web address of the account, for links to what was created. Left out, the one that is there stays while the region does; null takes it away.'),
  apiKey: z
    .string('must be text')
    .trim()
    .regex(/^[\x21-\x7e]{16,500}$/, 'must be 16 to 500 printable characters without blanks')
    .optional()
    .describe('Never shown again. Left out, the key that is there is kept.'),
  version: version.optional().describe('The version that you saw; needed once there is a connection.'),
});

export const connectionAnswer = z
  .object({
    state: z.enum(['none', 'untested', 'working', 'refused']).describe('`refused`: exports wait until a key works again.'),
    version: z.int().min(0),
    region: region.nullable(),
    apiUrl: z.string().nullable(),
    webUrl: z.string().nullable(),
    keyEnding: z.string().nullable().describe('The last four characters of the key.'),
    keySetBy: id.nullable(),
    keySetAt: maybeInstant,
    lastTestedAt: maybeInstant,
    lastTest: z
      .object({ result: z.enum(testResults), message: z.string(), lists: z.partialRecord(z.enum(testedLists), z.enum(['readable', 'no_access'])), passwords })
      .nullable(),
    passwordAccess: passwords,
    lastUsedAt: maybeInstant,
    lapsesAt: instant.nullable().describe('When IT Glue revokes the key, unless it is used before.'),
    waitingExports: z.int().min(0).describe('Exports that go on by themselves as soon as the connection works.'),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'ItGlueConnection' });

export type ConnectionAnswer = z.output<typeof connectionAnswer>;

const nothing: Omit<ConnectionAnswer, 'version' | 'waitingExports'> = {
  state: 'none',
  region: null,
  apiUrl: null,
  webUrl: null,
  keyEnding: null,
  keySetBy: null,
  keySetAt: null,
  lastTestedAt: null,
  lastTest: null,
  passwordAccess: 'unknown',
  lastUsedAt: null,
  lapsesAt: null,
  warnings: ['No IT Glue connection is set up: nothing can be previewed or exported'],
};

/** The connection as people see it. */
export function shownConnection(
  connection: ConnectionView | null,
  standIn: { url: string; webUrl: string | null } | null,
  known: { version: number; waitingExports: number; now: Date },
): ConnectionAnswer {
  const { waitingExports, now } = known;
  if (!connection) return { ...nothing, version: known.version, waitingExports };
  const { lastTest, region: where } = connection;
  return {
    state: connection.state,
    version: connection.version,
    region: where,
    apiUrl: where === 'stand_in' ? (standIn?.url ?? null) : regionUrls[where],
    webUrl: where === 'stand_in' ? (standIn?.webUrl ?? null) : connection.webUrl,
    keyEnding: connection.keyEnding,
    keySetBy: connection.keySetBy,
    keySetAt: iso(connection.keySetAt),
    lastTestedAt: maybeIso(connection.lastTestedAt),
    lastTest: lastTest && { ...lastTest, message: testWords[lastTest.result] },
    passwordAccess: connection.passwordAccess,
    lastUsedAt: maybeIso(connection.lastUsedAt),
    lapsesAt: iso(lapsesAt(connection)),
    waitingExports,
    warnings: warningsOf(connection, now),
  };
}

function warningsOf(connection: ConnectionView, now: Date): string[] {
  const { state, lastTest, passwordAccess } = connection;
  const warnings: string[] = [];
  if (state === 'refused') {
    const refusal = lastTest?.result === 'other_account' ? 'other_account' : 'key_refused';
    warnings.push(testWords[refusal]);
  }
  if (lastTest?.result === 'limited') warnings.push(testWords.limited);
  if (passwordAccess === 'no') warnings.push('The key lacks "Password Access": values of passwords cannot be exported. Make a key with it in IT Glue and enter it here');
  if (state !== 'refused' && (connection.lastUsedAt ?? connection.keySetAt) <= nearLapseBefore(now)) {
    warnings.push(`IT Glue revokes the key on ${iso(lapsesAt(connection)).slice(0, 10)}, because it has not been used for long; testing it counts as use`);
  }
  return warnings;
}
