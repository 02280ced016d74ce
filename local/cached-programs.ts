/** Programs that are fetched or built once and kept for all clones of one user. */
import { accessSync, constants, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { withLock } from './file-lock.mjs';
import { runToEnd, type RunResult } from './run-to-end.js';

const MINUTE = 60_000;
/** A first build or download by another process of this user is worth waiting for. */
const WAIT_FOR_OTHERS_MS = 20 * MINUTE;

export type Report = (line: string) => void;

/** Folder for downloaded and built binaries, shared by all clones of one user. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env['CLIENT_ONBOARDER_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'client-onboarder');
}

/**
 * Gives the cached program, or has it made in a folder aside that takes the final name only when it is complete: a
 * process that dies half-way leaves nothing that looks finished. The version is part of the folder's name, so that a new
 * release gets a program of its own time.
 */
export async function keepInCache(
  program: string,
  version: string,
  env: NodeJS.ProcessEnv,
  report: Report,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const cache = cacheFolder(env);
  const folder = join(cache, `${program}-${version}`);
  const path = join(folder, program);
  if (isExecutable(path)) return path;
  mkdirSync(cache, { recursive: true });
  const onWait = (pid: number | undefined) => report(`Waiting for process ${pid ?? '?'}, which is getting ${program} ...`);
  return withLock(`${folder}.lock`, { waitMs: WAIT_FOR_OTHERS_MS, onWait }, async () => {
    if (isExecutable(path)) return path;
    const part = `${folder}.part`;
    rmSync(part, { recursive: true, force: true });
    mkdirSync(part);
    try {
      await make(part);
      rmSync(folder, { recursive: true, force: true });
      renameSync(part, folder);
    } finally {
      rmSync(part, { recursive: true, force: true });
    }
    return path;
  });
}

/** What Go builds from published modules. */
export interface GoProgram {
  /** For people. */
  readonly label: string;
  /** The program's package. */
  readonly package: string;
  /** The module that holds it, and modules that it needs in newer versions than it asks for; each with its version. */
  readonly modules: Readonly<Record<string, string>>;
  /** Name of the file. */
  readonly program: string;
  /** How long it takes, in words. */
  readonly duration: string;
  /** A program of ours in Go: its files, text by path. */
  readonly sources?: GoSources;
  /** Modules that are built from these files of ours instead. */
  readonly replacements?: Readonly<Record<string, GoSources>>;
}

export type GoSources = Readonly<Record<string, string>>;

/** Builds it into the folder. @returns whether it is there and starts */
export async function buildWithGo(wanted: GoProgram, folder: string, env: NodeJS.ProcessEnv, report: Report): Promise<boolean> {
  const { label } = wanted;
  const go = onPath('go', env);
  if (go === undefined) {
    report(`${label}: Go is not installed, so it cannot be built either.`);
    return false;
  }
  report(`${label}: building ${wanted.sources ? wanted.program : wanted.package} with Go (once, ${wanted.duration}) ...`);
  writeGoModule(folder, goMod(wanted), wanted.sources ?? {});
  for (const [module, sources] of Object.entries(wanted.replacements ?? {})) writeGoModule(join(folder, module), `module ${module}\n\ngo 1.20\n`, sources);
  const result = await runToEnd(go, ['build', '-mod=mod', '-o', wanted.program, wanted.package], {
    cwd: folder,
    // SQLite is pure Go there, so no C compiler is needed.
    env: { ...env, CGO_ENABLED: '0' },
    deadlineMs: 20 * MINUTE,
    onElapsed: (seconds) => report(`${label}: building (${seconds} s) ...`),
  });
  const path = join(folder, wanted.program);
  const check = result.code === 0 && isExecutable(path) ? await runToEnd(path, ['--version'], { env, deadlineMs: MINUTE }) : result;
  if (check.code === 0) {
    report(`${label}: built.`);
    return true;
  }
  report(`${label}: the Go build failed (${reasonOf(check)}).`);
  return false;
}

/** A module of ours that asks for theirs: unlike `go install`, it may say which versions of others they are built with. */
function goMod({ program, modules, replacements = {} }: GoProgram): string {
  const required = Object.entries(modules).map(([module, version]) => `require ${module} ${version}\n`);
  const replaced = Object.keys(replacements).map((module) => `replace ${module} => ./${module}\n`);
  return `module client-onboarder.local/${program}\n\ngo 1.25.0\n\n${required.join('')}${replaced.join('')}`;
}

function writeGoModule(folder: string, mod: string, sources: GoSources): void {
  for (const [path, text] of Object.entries({ 'go.mod': mod, ...sources })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Why a program failed, in one line. */
export function reasonOf(result: RunResult): string {
  if (result.gaveUp !== undefined) return result.gaveUp;
  const lines = result.output.trim().split('\n');
  // Maven marks its errors and says the cause in the first one; other programs say it last.
  const line = lines.find((text) => text.startsWith('[ERROR]')) ?? lines.at(-1);
  return (line?.trim() || `exit code ${result.code}`).slice(0, 200);
}

/** Where PATH finds the program. */
export function onPath(program: string, env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
