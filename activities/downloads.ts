import { setTimeout as pause } from 'node:timers/promises';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { beginBuild, failDownload, keepBuild, KeyGoneError, NotWanted, noteProgress, Refusal, type ClientKey, type Store, type WorkerPrivateKey } from '../store/index.js';
import { writeDownload } from '../tables/write-download.js';
import { openSource } from './downloads/source.js';

/** What building downloads uses from outside. */
export interface DownloadDependencies {
  readonly store: Store;
  /** Opens the passphrases that people gave. */
  readonly workerKey: WorkerPrivateKey;
}

/** How often people are shown how far it is, and Temporal that we are alive. */
const shownEveryMs = 1_500;

export function downloadActivities({ store, workerKey }: DownloadDependencies) {
  return {
    /** Writes the file anew, whatever an earlier attempt had written. */
    async buildDownload({ downloadId, ...client }: ClientKey & { downloadId: string }): Promise<'ready' | 'not_wanted'> {
      try {
        await build(store, client, downloadId, workerKey);
        return 'ready';
      } catch (error) {
        // A purged client needs none either.
        if (error instanceof NotWanted || error instanceof KeyGoneError) return 'not_wanted';
        // What is not there any more was removed while we read: the next attempt finds everything in its place.
        if (error instanceof Refusal) throw new Error(`The data changed while it was read (${error.code})`, { cause: error });
        throw error;
      }
    },

    async failDownload({ downloadId, ...client }: ClientKey & { downloadId: string }): Promise<void> {
      await failDownload(store, client, downloadId, 'not_built');
    },
  };
}

async function build(store: Store, client: ClientKey, downloadId: string, workerKey: WorkerPrivateKey): Promise<void> {
  const attempt = await beginBuild(store, client, downloadId, workerKey);
  const source = await openSource(store, client, attempt);
  const over = new AbortController();
  let stopped: unknown;
  const showing = (async () => {
    while (!over.signal.aborted) {
      heartbeat();
      await noteProgress(store, client, attempt, source.progress());
      await pause(shownEveryMs, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })().catch((error: unknown) => (stopped = error));
  async function* watched() {
    for await (const bytes of writeDownload(attempt, source, attempt.passphrase)) {
      if (stopped) throw stopped;
      cancellationSignal().throwIfAborted();
      yield bytes;
    }
  }
  try {
    await keepBuild(store, client, attempt, watched(), source.progress);
  } finally {
    over.abort();
    await showing;
  }
}
