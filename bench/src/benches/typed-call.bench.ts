import { Agent } from "node:http";
import { openHost } from "../hosts/commands.ts";
import type { Host } from "../hosts/commands.ts";
import type { BareCommands } from "../hosts/bare.host.ts";
import type { ChateeCommands } from "../hosts/chatee.host.ts";
import { cpuUsPerRequest } from "../http-load.ts";
import { compare, us } from "../measure.ts";
import type { Bench } from "../measure.ts";
import { bearer } from "../visitor.ts";

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
    const headers = bearer(token);
    const round = (host: Host<{}>, address: string) => () =>
      cpuUsPerRequest(host, { agent, toUrl: () => address, headers, count });
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
