import { request } from "node:http";
import type { Agent } from "node:http";
import type { Host } from "./hosts/commands.ts";

type Load = { agent: Agent; toUrl: () => string; headers: Record<string, string>; count: number };

/** Processor time of a host for one of `count` requests, as many at once as the agent has sockets, in microseconds. */
export async function cpuUsPerRequest(host: Host<{}>, { agent, toUrl, headers, count }: Load): Promise<number> {
  const before = await host.cpuMs();
  let left = count;
  const worker = async () => {
    while (left-- > 0) await get(agent, toUrl(), headers);
  };
  await Promise.all(Array.from({ length: agent.maxSockets }, worker));
  return (((await host.cpuMs()) - before) * 1000) / count;
}

function get(agent: Agent, address: string, headers: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(address, { agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${address} answered ${response.statusCode}`));
      response.on("error", reject).on("end", resolve).resume();
    });
    asked.on("error", reject).end();
  });
}
