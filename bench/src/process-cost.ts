import { readFileSync, readdirSync } from "node:fs";

/** Processor time that a process has used so far, all its threads, in microseconds; to the nanosecond where ticks are 10 ms. Linux. */
export function cpuUsOf(pid: number): number {
  let ns = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  }
  return ns / 1000;
}

/** Memory of a process that is in memory now, in MiB. Linux. */
export function residentMib(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kb) / 1024;
}
