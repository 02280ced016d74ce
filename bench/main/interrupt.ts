/** What a bench has started ends with it, also when it is stopped half-way. */

const endings = new Set<() => Promise<void>>();

/** Runs `end` once: after `work`, or when the bench is interrupted during it. */
export async function endingWith<T>(end: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  endings.add(end);
  try {
    return await work();
  } finally {
    if (endings.delete(end)) await end();
  }
}

/** On Ctrl-C or SIGTERM: ends what runs, the last started first, and leaves. */
export function endOnInterrupt(): void {
  const leave = async (code: number) => {
    const open = [...endings].reverse();
    endings.clear();
    for (const end of open) await end().catch(() => undefined);
    process.exit(code);
  };
  process.once('SIGINT', () => void leave(130)).once('SIGTERM', () => void leave(143));
}
