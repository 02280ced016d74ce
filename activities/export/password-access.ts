import { entryOf, markValueless, notePasswordAccess, type LedgerEntry } from '../../store/index.js';
import { Blocked } from '../failures.js';
import type { ExportContext } from './context.js';

/** Refused passwords prove nothing; so many are tried before the export goes on as if the key may write values. */
const tries = 3;

/** Whether it is not known yet that the key may write values. */
export function mustProvePasswordAccess({ connection }: ExportContext): boolean {
  return connection.passwordAccess !== 'yes';
}

/**
 * A key without "Password Access" may create passwords whose values IT Glue drops without a word, and nothing that was created
 * is ever changed. So with a key of which nothing is known one password goes alone, and its value is asked for.
 * @param ready passwords that can be created
 * @param send creates one password
 * @throws {Blocked} before anything is sent, when the key is known to lack the permission; else after that one password
 */
export async function provePasswordAccess(context: ExportContext, ready: readonly LedgerEntry[], send: (entry: LedgerEntry) => Promise<void>): Promise<void> {
  const { store, client, connection } = context;
  if (ready.length === 0) return;
  if (connection.passwordAccess === 'no') throw new Blocked('no_password_access');
  for (const entry of ready.slice(0, tries)) {
    await send(entry);
    const sent = await entryOf(store, client, 'password', entry.recordId);
    if (!sent?.itGlueId) continue;
    const mayRead = await context.target.api.passwords.mayReadValue(sent.itGlueId, { signal: context.signal });
    await notePasswordAccess(store, client.tenantId, connection.version, mayRead ? 'yes' : 'no');
    if (mayRead) return;
    await markValueless(store, entry.id);
    throw new Blocked('no_password_access');
  }
}
