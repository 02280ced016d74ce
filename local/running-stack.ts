/** What is known of a running stack: kept in `stack.json` of its data folder, so that other commands find it. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockHolder } from './file-lock.mjs';

export interface RunningStackInfo {
  dataFolder: string;
  /** Process that started the parts and watches them. */
  pid: number;
  urls: {
    api: string;
    /** host:port of the gRPC frontend. */
    temporal: string;
    temporalUi?: string;
    itGlue?: string;
    itGlueWeb?: string;
    /** Page of the mail catcher. */
    mail?: string;
    codec?: string;
  };
  /** Process id of each part; a restarted part gets a new one here. */
  pids: Record<string, number>;
  /** The environment variables that worker and API were started with: addresses (those of databases with their passwords), and paths of the other secrets. */
  settings: Record<string, string>;
}

const fileOf = (dataFolder: string) => join(dataFolder, 'stack.json');

/** Held by the process of a running stack. */
export const stackLockOf = (dataFolder: string): string => join(dataFolder, 'stack.lock');

/** The stack that runs on this folder, if one does and has said so. */
export function readRunningStack(dataFolder: string): RunningStackInfo | undefined {
  if (lockHolder(stackLockOf(dataFolder)) === undefined) return undefined;
  try {
    return JSON.parse(readFileSync(fileOf(dataFolder), 'utf8')) as RunningStackInfo;
  } catch {
    return undefined;
  }
}

export function writeStackFile(info: RunningStackInfo): void {
  const path = fileOf(info.dataFolder);
  writeFileSync(`${path}.part`, `${JSON.stringify(info, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.part`, path);
}

export function removeStackFile(dataFolder: string): void {
  rmSync(fileOf(dataFolder), { force: true });
}
