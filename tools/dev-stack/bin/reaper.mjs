// Ends what a stack started when the stack's own process is gone, however it went (kill -9 too).
// It runs in a session of its own and learns over stdin, one JSON object a line:
//   {"watch": pid, "signal": "SIGTERM"}   a process group to end, and how to ask it to
//   {"forget": pid}                       it has ended
//   {"folder": path}                      a temporary folder to remove
//   {"keep": path}                        it has been removed, or is to stay
// The end of stdin is the parent's death or its goodbye; what is still on the list then is ended.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

const GRACE_MS = 5_000;
const groups = new Map();
const folders = new Set();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line);
  if (told.watch) groups.set(told.watch, { signal: told.signal, startedAt: startedAt(told.watch) });
  if (told.forget) groups.delete(told.forget);
  if (told.folder) folders.add(told.folder);
  if (told.keep) folders.delete(told.keep);
}

for (const pid of remaining()) end(pid, groups.get(pid).signal);
const deadline = Date.now() + GRACE_MS;
while (remaining().length > 0 && Date.now() < deadline) await pause(50);
for (const pid of remaining()) end(pid, 'SIGKILL');
while (remaining().length > 0 && Date.now() < deadline + GRACE_MS) await pause(50);
for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });

/** A pid that now has another start time was given to a stranger after ours ended. */
function remaining() {
  return [...groups.keys()].filter((pid) => {
    const now = startedAt(pid);
    return now !== undefined && now === groups.get(pid).startedAt;
  });
}

/** When a process started, in the system's own words; undefined if there is none, or only its zombie. */
function startedAt(pid) {
  try {
    if (!existsSync('/proc/self/stat')) {
      const [state, ...started] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)])
        .toString()
        .trim()
        .split(/\s+/);
      return state.startsWith('Z') ? undefined : started.join(' ');
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function end(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
