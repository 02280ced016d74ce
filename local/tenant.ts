/** `npm run tenant`: makes tenants with their first Administrator, hands out set-up links, and keeps the tiers. Prints the link this once. */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { apiVariables, storeVariables } from '../settings/variables.js';
import { createTenant, listTiers, openStore, operatorLink, saveTier, type OneTime, type Store } from '../store/index.js';
import { commandSettings } from './command-settings.js';

const USAGE = `Usage: npm run tenant -- COMMAND [--data FOLDER]
  create --name NAME --admin-mail ADDRESS [--admin-first-name NAME] [--admin-last-name NAME] [--tier standard]
         makes a tenant and its first Administrator, and prints their set-up link
  link   --mail ADDRESS [--tenant ID] [--reset-second-factor]
         prints a new set-up link for somebody of a tenant, for whom no mail comes through, or who lost the second factor
  list   names the tenants
  tiers  names the tiers: how long data is kept, how long a deleted client can be restored, when managers are warned
  tier   --tier ID [--tier-name NAME] [--retention-days N] [--restore-days N] [--warning-days 10,5,1]
         adds a tier, or changes what is named of one; ends that are set already stay`;

const options = {
  name: { type: 'string' },
  'admin-mail': { type: 'string' },
  'admin-first-name': { type: 'string' },
  'admin-last-name': { type: 'string' },
  tier: { type: 'string' },
  mail: { type: 'string' },
  tenant: { type: 'string' },
  'reset-second-factor': { type: 'boolean', default: false },
  'tier-name': { type: 'string' },
  'retention-days': { type: 'string' },
  'restore-days': { type: 'string' },
  'warning-days': { type: 'string' },
  data: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

const address = z.email('must be a mail address').max(128);

class UsageError extends Error {}

function needed(values: Values, name: 'name' | 'admin-mail' | 'mail'): string {
  const value = values[name]?.trim();
  if (!value) throw new UsageError(`--${name} is needed. ${USAGE}`);
  if (name !== 'name' && !address.safeParse(value).success) throw new UsageError(`--${name} must be a mail address.`);
  return value;
}

function printLink({ token, expiresAt }: OneTime, publicUrl: string | undefined): void {
  console.log(`Set-up link, for one use until ${expiresAt.toISOString()}; it is not shown again:`);
  if (publicUrl) console.log(`  ${publicUrl.replace(/\/$/, '')}/set-password#${token}`);
  console.log(`By the API: POST /v1/sign-in/set-password {"token": "${token}", "password": "..."}`);
}

const span = (seconds: number) => (seconds % 86_400 === 0 ? `${seconds / 86_400} ${seconds === 86_400 ? 'day' : 'days'}` : `${seconds} seconds`);

const commands: Readonly<Record<string, (store: Store, values: Values, publicUrl: string | undefined) => Promise<void>>> = {
  async create(store, values, publicUrl) {
    const email = needed(values, 'admin-mail');
    const { tenantId, setUp } = await createTenant(store, {
      name: needed(values, 'name'),
      tierId: values.tier ?? 'standard',
      administrator: { email, firstName: values['admin-first-name'] ?? 'First', lastName: values['admin-last-name'] ?? 'Administrator' },
    });
    console.log(`Made the tenant ${tenantId}. Its Administrator is ${email}.`);
    printLink(setUp, publicUrl);
  },
  async link(store, values, publicUrl) {
    const { user, setUp } = await operatorLink(store, needed(values, 'mail'), values.tenant, values['reset-second-factor'] ? 'reset' : 'kept');
    console.log(`For ${user.firstName} ${user.lastName} of tenant ${user.tenantId}.`);
    printLink(setUp, publicUrl);
  },
  async list(store) {
    const tenants = await store.db.tenant.findMany({ orderBy: { id: 'asc' }, select: { id: true, name: true, tierId: true }, take: 10_000 });
    for (const { id, name, tierId } of tenants) console.log(`${id}  ${tierId}  ${name}`);
    if (tenants.length === 0) console.log('There is no tenant yet. See: npm run tenant -- create');
  },
  async tiers(store) {
    for (const { id, name, retentionSeconds, restoreSeconds, warningSeconds, tenants } of await listTiers(store)) {
      console.log(`${id}  ${name}: kept ${span(retentionSeconds)}, restorable ${span(restoreSeconds)}, warned ${warningSeconds.map(span).join(', ')} before; tenants: ${tenants}`);
    }
  },
  async tier(store, values) {
    if (!values.tier) throw new UsageError(`--tier is needed. ${USAGE}`);
    const [name, retention, restore, warnings] = [values['tier-name'], values['retention-days'], values['restore-days'], values['warning-days']];
    const done = await saveTier(store, values.tier, {
      ...(name === undefined ? {} : { name }),
      ...(retention === undefined ? {} : { retentionDays: Number(retention) }),
      ...(restore === undefined ? {} : { restoreDays: Number(restore) }),
      ...(warnings === undefined ? {} : { warningDays: warnings.split(',').map(Number) }),
    });
    console.log(`The tier ${values.tier} was ${done}.`);
  },
};

try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const command = commands[positionals[0] ?? ''];
  if (values.help) console.log(USAGE);
  else if (!command || positionals.length > 1) throw new UsageError(USAGE);
  else {
    const { PUBLIC_URL, ...settings } = commandSettings({ ...storeVariables, PUBLIC_URL: apiVariables.PUBLIC_URL }, values.data);
    const store = await openStore(settings);
    try {
      await command(store, values, PUBLIC_URL);
    } finally {
      await store.close();
    }
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
