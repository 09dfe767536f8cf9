import { spawn } from "node:child_process";

/** Ends the programs of a process that was killed itself. */
export type OrphanGuard = AsyncDisposable & {
  /** From now on the group dies with us. */
  watch: (groupId: number) => void;
  unwatch: (groupId: number) => void;
};

/** Remembers groups by the lines it reads; when the pipe ends, so have we, and whatever is left is killed. */
const script = `
groups=" "
while read -r verb group; do
  case $verb in
    +) groups="$groups$group ";;
    -) groups="\${groups%% $group *} \${groups#* $group }";;
  esac
done
for group in $groups; do kill -KILL "-$group" 2>/dev/null; done
`;

/**
 * One small shell beside this process, in a session of its own, holding a pipe from us: however we end, even by SIGKILL,
 * the pipe ends, and the groups still watched are killed. Ids go through the pipe as numbers, nothing of a server's spec.
 * Where there is no /bin/sh it does nothing, and programs end when they notice that their input has.
 */
export function openOrphanGuard(platform: NodeJS.Platform = process.platform): OrphanGuard {
  if (platform === "win32") return { watch() {}, unwatch() {}, async [Symbol.asyncDispose]() {} };
  const watched = new Set<number>();
  const shell = spawn("/bin/sh", ["-c", script, "chatee-orphan-guard"], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    env: {},
  });
  const ended = new Promise<void>((resolve) => {
    shell.once("exit", () => resolve());
    shell.once("error", () => resolve());
  });
  shell.stdin.on("error", () => {});
  shell.unref();
  const tell = (line: string) => {
    if (shell.stdin.writable) shell.stdin.write(line);
  };
  return {
    watch(groupId) {
      watched.add(groupId);
      tell(`+ ${groupId}\n`);
    },
    unwatch(groupId) {
      if (watched.delete(groupId)) tell(`- ${groupId}\n`);
    },
    async [Symbol.asyncDispose]() {
      shell.stdin.end();
      await ended;
    },
  };
}
