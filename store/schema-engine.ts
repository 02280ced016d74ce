import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaPg } from '@prisma/adapter-pg';

const require = createRequire(import.meta.url);

/** The part of Prisma's schema engine that we use. Its WebAssembly build is pinned to the same engine as the CLI. */
export interface SchemaEngine {
  applyMigrations(input: { migrationsList: MigrationList; filters: SchemaFilter }): Promise<{ appliedMigrationNames: string[] }>;
  diff(input: {
    from: DiffTarget;
    to: DiffTarget;
    script: boolean;
    shadowDatabaseUrl: null;
    exitCode: null;
    filters: SchemaFilter;
  }): Promise<{ stdout: string | null }>;
  free(): void;
}

interface SchemaFilter {
  externalTables: string[];
  externalEnums: string[];
}
type DiffTarget = { tag: 'empty' } | { tag: 'schemaDatamodel'; files: { path: string; content: string }[] };
export interface MigrationList {
  baseDir: string;
  lockfile: { path: string; content: string | null };
  shadowDbInitScript: string;
  migrationDirectories: { path: string; migrationFile: { path: string; content: { tag: 'ok'; value: string } } }[];
}

export const noFilter: SchemaFilter = { externalTables: [], externalEnums: [] };

interface Glue {
  __wbg_set_wasm(exports: unknown): void;
  SchemaEngine: { new: (options: object, log: (line: string) => void, adapter: unknown) => Promise<SchemaEngine> };
}

// @types/node names no WebAssembly without the DOM library; this is the part of it that is used.
interface WasmModule {
  instance: { exports: { __wbindgen_start(): void } };
}
const wasm = (globalThis as unknown as { WebAssembly: { instantiate(bytes: Uint8Array, imports: object): Promise<WasmModule> } })
  .WebAssembly;

let loaded: Promise<Glue> | undefined;

// The glue code keeps its instance in a module variable: a second instance would pull it from under the first.
function loadGlue(): Promise<Glue> {
  loaded ??= (async () => {
    const file = join(dirname(require.resolve('@prisma/schema-engine-wasm')), 'schema_engine_bg.wasm');
    const glue = (await import('@prisma/schema-engine-wasm/schema_engine_bg')) as unknown as Glue;
    const { instance } = await wasm.instantiate(await readFile(file), { './schema_engine_bg.js': glue });
    glue.__wbg_set_wasm(instance.exports);
    instance.exports.__wbindgen_start();
    return glue;
  })();
  return loaded;
}

/**
 * Opens the engine on a database. `prisma migrate` needs a native binary from a download host; this build comes with the
 * package and speaks through the same driver adapter as the client, so it works on PGlite and on a server alike.
 */
export async function openSchemaEngine(databaseUrl: string): Promise<SchemaEngine> {
  const glue = await loadGlue();
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: databaseUrl, max: 1 }));
  return glue.SchemaEngine.new({ datamodels: undefined }, () => undefined, adapter);
}

/** Reads prisma/migrations in the form that the engine takes, oldest first. */
export async function readMigrations(folder: string): Promise<MigrationList> {
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: await readFile(join(folder, 'migration_lock.toml'), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.map(async (path) => ({
        path,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: await readFile(join(folder, path, 'migration.sql'), 'utf8') },
        },
      })),
    ),
  };
}
