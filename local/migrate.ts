/** `npm run migrate`: brings the database that DATABASE_URL names to the newest schema, and says what it did. */
import { readSettings } from '../settings/read.js';
import { storeVariables } from '../settings/variables.js';
import { migrate } from '../store/migrate.js';

try {
  const { DATABASE_URL } = readSettings({ DATABASE_URL: storeVariables.DATABASE_URL }, process.env);
  const { applied } = await migrate(DATABASE_URL).catch((error: unknown) => {
    throw new Error(`The database ${placeOf(DATABASE_URL)} could not be migrated: ${inWords(error)}`);
  });
  for (const name of applied) console.log(`Applied ${name}.`);
  console.log(applied.length === 0 ? `The database ${placeOf(DATABASE_URL)} is up to date.` : `The database ${placeOf(DATABASE_URL)} is up to date now.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
// The engine's adapter keeps its connection for ten seconds more, and the process with it.
process.exit();

/** Where it is, without the name and password that lead into it. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${decodeURIComponent(pathname.slice(1))} at ${host}`;
}

/** The engine wraps what the driver said into lines of its own; the first one that says something is the reason. */
function inWords(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n').map((line) => line.trim()).find((line) => line !== '') ?? 'no reason was given';
}
