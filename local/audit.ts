/** `npm run audit`: checks the audit chains, and signs where they end. */
import { createPublicKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { auditVariables, databaseVariables } from '../settings/variables.js';
import { chainTenants, isSigned, openDatabase, readHead, readSigningKey, refuseOpenFiles, signHead, verifyCertificates, verifyChain, type ChainHead, type SignedHead, type StoreContext } from '../store/index.js';
import { commandSettings } from './command-settings.js';

const USAGE = `Usage: npm run audit -- COMMAND [--tenant ID] [--data FOLDER] [--json FILE]
  verify [--head FILE]...  reads every chain and says whether an entry was changed, removed, reordered or cut off,
                           and whether the certificates of removal are the ones that it names.
                           Heads that were signed before and kept elsewhere show also whether the end is gone.
         [--public-key FILE]  the key that signed them, when it is not the one of AUDIT_SIGNING_KEY_FILE
  head --out FILE          signs where the chains end now; keep the file outside`;

const signedHeads = z.array(z.object({ tenantId: z.uuid(), sequence: z.int(), hash: z.string(), at: z.string(), signature: z.string() }));

interface Arguments {
  readonly context: Pick<StoreContext, 'db'>;
  readonly tenants: readonly string[];
  readonly heads: readonly SignedHead[];
  readonly key: () => ReturnType<typeof readSigningKey>;
  readonly out: string | undefined;
  readonly json: string | undefined;
}

async function verify({ context, tenants, heads, json }: Arguments): Promise<boolean> {
  const results = [];
  for (const tenantId of tenants) {
    const anchors: ChainHead[] = heads.filter((head) => head.tenantId === tenantId);
    const { entries, head, faults } = await verifyChain(context, tenantId, anchors);
    const removals = await verifyCertificates(context, tenantId);
    results.push({ tenantId, entries, head, anchors: anchors.length, faults, certificates: removals.certificates, certificateFaults: removals.faults });
    console.log(`${tenantId}: ${entries} entries, ${faults.length === 0 ? 'whole' : 'NOT WHOLE'}${anchors.length > 0 ? `, compared with ${anchors.length} signed heads` : ''}`);
    for (const { sequence, reason } of faults) console.log(`  at ${sequence}: ${reason}`);
    if (removals.certificates > 0 || removals.faults.length > 0) console.log(`  ${removals.certificates} certificates of removal compared, ${removals.faults.length === 0 ? 'all as the chain names them' : 'NOT ALL as the chain names them'}`);
    for (const { clientId, reason } of removals.faults) console.log(`  client ${clientId}: ${reason}`);
  }
  const missing = heads.filter((head) => !tenants.includes(head.tenantId));
  for (const head of missing) console.log(`${head.tenantId}: NOT WHOLE, its signed head says ${head.sequence} entries and there is no chain`);
  const whole = missing.length === 0 && results.every(({ faults, certificateFaults }) => faults.length === 0 && certificateFaults.length === 0);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ whole, tenants: results }, null, 2)}\n`);
  if (heads.length === 0) console.log('No signed head was given: an end that was cut off together with its head cannot be seen. See: npm run audit -- head');
  return whole;
}

async function head({ context, tenants, key, out }: Arguments): Promise<boolean> {
  if (out === undefined) throw new Error(`--out must name a file. ${USAGE}`);
  const signed = await Promise.all(tenants.map(async (tenantId) => signHead(tenantId, await readHead(context, tenantId), key().privateKey)));
  writeFileSync(out, `${JSON.stringify(signed, null, 2)}\n`);
  console.log(`${signed.length} heads are signed in ${out}. Keep it where the owner of the database cannot change it.`);
  return true;
}

/** A head that somebody made up would accuse a chain that is whole, or vouch for one that is not. */
function readHeads(files: readonly string[], publicKey: () => ReturnType<typeof createPublicKey>): SignedHead[] {
  return files.flatMap((file) => {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const heads = signedHeads.parse(Array.isArray(content) ? content : [content]);
    const forged = heads.find((one) => !isSigned(one, publicKey()));
    if (forged) throw new Error(`${file}: the head of ${forged.tenantId} was not signed with this key`);
    return heads;
  });
}

const commands: Readonly<Record<string, (given: Arguments) => Promise<boolean>>> = { verify, head };

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...{ data: { type: 'string' }, tenant: { type: 'string' }, json: { type: 'string' }, out: { type: 'string' } },
      ...{ head: { type: 'string', multiple: true, default: [] }, 'public-key': { type: 'string' }, help: { type: 'boolean', default: false } },
    },
  });
  const command = commands[positionals[0] ?? ''];
  if (values.help || !command || positionals.length !== 1) {
    console.log(USAGE);
    process.exitCode = values.help ? 0 : 1;
  } else {
    const settings = commandSettings({ ...databaseVariables, ...auditVariables }, values.data);
    await refuseOpenFiles(settings.AUDIT_SIGNING_KEY_FILE);
    const key = () => {
      if (!settings.AUDIT_SIGNING_KEY_FILE) throw new Error('AUDIT_SIGNING_KEY_FILE must name the file with the key that signs heads');
      return readSigningKey(readFileSync(settings.AUDIT_SIGNING_KEY_FILE, 'utf8'), settings.AUDIT_SIGNING_KEY_FILE);
    };
    const publicKeyFile = values['public-key'];
    const heads = readHeads(values.head, () => (publicKeyFile ? createPublicKey(readFileSync(publicKeyFile)) : key().publicKey));
    const db = openDatabase(settings.DATABASE_URL, 2);
    try {
      const all = await chainTenants({ db });
      const tenants = values.tenant === undefined ? all : all.filter((id) => id === values.tenant);
      if (values.tenant !== undefined && tenants.length === 0) throw new Error(`There is no chain of a tenant ${values.tenant}`);
      const fine = await command({ context: { db }, tenants, heads: heads.filter((one) => values.tenant === undefined || one.tenantId === values.tenant), key, out: values.out, json: values.json });
      process.exitCode = fine ? 0 : 1;
    } finally {
      await db.$disconnect();
    }
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
