/** Ends the parts of a stack whose own process was killed and could not do it. */
import { spawn } from 'node:child_process';

/**
 * A shell (a Node.js process would cost 40 MB) that reads which process groups live; when the pipe breaks without
 * `done`, its parent is dead, and it ends them.
 */
const SCRIPT = `
groups=
while read -r word group; do
  case $word in
    add) groups="$groups $group" ;;
    drop) rest=; for g in $groups; do [ "$g" = "$group" ] || rest="$rest $g"; done; groups=$rest ;;
    done) exit 0 ;;
  esac
done
for g in $groups; do kill -s TERM -- "-$g" 2>/dev/null; done
sleep 8
for g in $groups; do kill -s KILL -- "-$g" 2>/dev/null; done
`;

export interface OrphanGuard {
  add(processGroup: number): void;
  drop(processGroup: number): void;
  /** Everything was stopped in order. */
  done(): void;
}

export function startOrphanGuard(): OrphanGuard {
  const shell = spawn('sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  // Without a guard the stack still works; only a kill -9 of it would leave its parts running.
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  const tell = (line: string) => {
    if (shell.stdin.writable) shell.stdin.write(`${line}\n`);
  };
  return {
    add: (group) => tell(`add ${group}`),
    drop: (group) => tell(`drop ${group}`),
    done() {
      tell('done');
      shell.stdin.end();
    },
  };
}
