/** Process groups that were started and have not ended: killed when this process exits in any orderly way. */
const live = new Set<number>();
let listening = false;

export function trackGroup(pid: number): void {
  if (!listening) process.once('exit', killAll);
  listening = true;
  live.add(pid);
}

export function untrackGroup(pid: number): void {
  live.delete(pid);
}

/** Signals a whole process group; one that is gone already is no error. */
export function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    // ESRCH: gone. EPERM: macOS says so of a group whose members are all zombies.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

function killAll(): void {
  for (const pid of live) signalGroup(pid, 'SIGKILL');
}
