import { fileURLToPath } from 'node:url';
import { noFilter, openSchemaEngine, readMigrations } from './schema-engine.js';

const migrationsFolder = fileURLToPath(new URL('../prisma/migrations', import.meta.url));

/**
 * Brings the database to the newest schema; a second run does nothing.
 * @param databaseUrl PostgreSQL connection string
 * @returns names of the migrations that were applied now
 */
export async function migrate(databaseUrl: string): Promise<{ applied: string[] }> {
  const engine = await openSchemaEngine(databaseUrl);
  try {
    const migrationsList = await readMigrations(migrationsFolder);
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: noFilter });
    return { applied: appliedMigrationNames };
  } finally {
    engine.free();
  }
}
