import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a host does on request; arguments and answers travel as JSON. */
export type Commands = Record<string, (argument: never) => Promise<unknown>>;

type Answers<TCommands extends Commands> = {
  [TName in keyof TCommands]: (
    ...argument: Parameters<TCommands[TName]>
  ) => Promise<Awaited<ReturnType<TCommands[TName]>>>;
};

export type Host<TCommands extends Commands> = Answers<TCommands> &
  AsyncDisposable & {
    readonly pid: number;
    /** Processor time it has used so far, all threads, in milliseconds. */
    cpuMs: () => Promise<number>;
  };

type Request = { id: number; name: string; argument: unknown };
type Answer = { id: number; value?: unknown; error?: string };

/** In the host: answers commands until the parent goes. */
export function serveCommands(commands: Commands): void {
  const all: Commands = {
    ...commands,
    cpuMs: async () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
  };
  process.on("message", ({ id, name, argument }: Request) => {
    const answer = (message: Answer) => void process.send?.(message);
    Promise.resolve(all[name]?.(argument as never)).then(
      (value) => answer({ id, value }),
      (error: unknown) =>
        answer({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on("disconnect", () => process.exit(0));
}

/** A process of its own whose processor time is that of what it hosts and of nothing else. */
export async function openHost<TCommands extends Commands>(
  file: string,
  env: Record<string, string> = {},
): Promise<Host<TCommands>> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    env: { ...process.env, ...env },
    execArgv: process.execArgv.filter((flag) => !flag.startsWith("--cpu-prof")),
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  child.on("message", ({ id, value, error }: Answer) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asked?.resolve(value);
    else asked?.reject(new Error(error));
  });
  child.on("exit", (code, signal) => {
    for (const asked of waiting.values()) asked.reject(new Error(`${file} ended with ${code ?? signal}`));
  });
  await once(child, "spawn");

  async function call(name: string, argument: unknown): Promise<unknown> {
    const asked = Promise.withResolvers<unknown>();
    const id = ++lastId;
    waiting.set(id, asked);
    child.send({ id, name, argument } satisfies Request);
    return await asked.promise;
  }
  const own = {
    pid: child.pid ?? 0,
    cpuMs: async () => (await call("cpuMs", null)) as number,
    async [Symbol.asyncDispose]() {
      const exited = once(child, "exit");
      child.disconnect();
      await exited;
    },
  };
  return new Proxy(own, {
    get: (known, name) => {
      if (typeof name === "symbol" || name in known) return Reflect.get(known, name) as unknown;
      return name === "then" ? undefined : (argument: unknown) => call(name, argument);
    },
  }) as unknown as Host<TCommands>;
}
