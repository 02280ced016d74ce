import { cpus, totalmem } from 'node:os';

/** The machine a benchmark ran on; figures of two machines are not comparable. */
export interface Machine {
  cpu: string;
  cores: number;
  /** Total memory in GiB. */
  memory: number;
  node: string;
}

/** One figure, beside the same figure of a baseline measured in the same process or call. */
export interface Measure {
  name: string;
  value: number;
  unit: string;
  baseline: number | null;
  /** value / baseline, or null where there is no baseline or it is zero. */
  ratio: number | null;
  aim: string | null;
  met: boolean | null;
}

export interface BenchResult {
  name: string;
  machine: Machine;
  measures: Measure[];
}

export function machine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memory: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    node: process.version,
  };
}
