import { Agent, request } from "node:http";
import { openHost } from "../hosts/commands.ts";
import type { Host } from "../hosts/commands.ts";
import type { BareCommands } from "../hosts/bare.host.ts";
import type { ChateeCommands } from "../hosts/chatee.host.ts";
import { compare, us } from "../measure.ts";
import type { Bench } from "../measure.ts";

const width = 8;

/** What one typed query costs the server, with its doors, against tRPC on Fastify with nothing in front of it. */
export const typedCallBench: Bench = {
  name: "typed-call",
  async *run({ isQuick }) {
    await using chatee = await openHost<ChateeCommands>("./chatee.host.ts");
    await using bare = await openHost<BareCommands>("./bare.host.ts");
    const { url, token } = await chatee.address();
    const { typedUrl } = await bare.address();
    const count = isQuick ? 1_000 : 2_000;
    const agent = new Agent({ keepAlive: true, maxSockets: width });
    const headers = { authorization: `Bearer ${token}` };
    const round = (host: Host<{}>, address: string) => async () => {
      const before = await host.cpuMs();
      await load({ agent, address, headers, count });
      return (((await host.cpuMs()) - before) * 1000) / count;
    };
    const found = await compare(
      isQuick ? 7 : 15,
      round(chatee, `${url}/trpc/system.info`),
      round(bare, `${typedUrl}/trpc/system.info`),
    );
    agent.destroy();
    yield {
      name: "system.info over HTTP, with a token",
      measured: `${us(found.measured)} CPU`,
      reference: `${us(found.reference)} CPU (bare tRPC + Fastify)`,
      ratio: found.ratio,
      bar: { atMost: 1.3 },
    };
  },
};

type Load = { agent: Agent; address: string; headers: Record<string, string>; count: number };

async function load({ agent, address, headers, count }: Load): Promise<void> {
  let left = count;
  const worker = async () => {
    while (left-- > 0) await get(agent, address, headers);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

export function get(agent: Agent, address: string, headers: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(address, { agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${address} answered ${response.statusCode}`));
      response.on("error", reject).on("end", resolve).resume();
    });
    asked.on("error", reject).end();
  });
}
