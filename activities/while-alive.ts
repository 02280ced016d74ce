import { Context, heartbeat } from '@temporalio/activity';

/** How often an activity tells Temporal that its worker is alive, well within the shortest heartbeat timeout (workflows/activities.ts). */
const aliveEveryMs = 4_000;

/**
 * Does the work of an activity that tells Temporal meanwhile that its worker is alive, also while one request takes long: should the
 * worker die, another one takes the activity over as soon as nothing is heard any more.
 * @param work gets a function that tells it at once
 */
export async function whileAlive<T>(work: (alive: () => void) => Promise<T>): Promise<T> {
  // What runs inside of its workflow's task is known to be alive by that.
  const alive = () => (Context.current().info.isLocal ? undefined : heartbeat());
  const timer = setInterval(alive, aliveEveryMs);
  try {
    return await work(alive);
  } finally {
    clearInterval(timer);
  }
}
