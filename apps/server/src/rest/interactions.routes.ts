import { answerInteraction, interactionKind, interactionStatus, listInteractions } from "@chatee/shared/interactions";
import type { Interaction } from "@chatee/shared/interactions";
import { z } from "zod";
import { freeForm, instant, maybeInstant, route } from "./route.ts";

const interaction = z
  .strictObject({
    interactionId: z.string(),
    sessionId: z.string().nullable(),
    messageId: z.string().nullable(),
    toolCallId: z.string().nullable(),
    serverId: z.string().nullable(),
    kind: interactionKind,
    /** What is asked: an approval's tool and arguments, a form's schema, a page's address. */
    question: z.looseObject({ serverName: z.string() }),
    response: freeForm,
    status: interactionStatus,
    createdAtMs: instant,
    answeredAtMs: maybeInstant,
    expiresAtMs: instant,
  })
  .meta({ id: "Interaction" });

const shown = ({ request, ...rest }: Interaction) => ({ ...rest, question: { ...request } });

export const interactionRoutes = [
  route({
    method: "GET",
    path: "/api/interactions",
    summary: "Questions that wait for an answer, oldest first",
    procedures: ["interactions.list"],
    query: listInteractions,
    answer: z.strictObject({ interactions: z.array(interaction) }),
    run: async ({ call, query }) => ({ interactions: (await call.interactions.list(query)).interactions.map(shown) }),
  }),
  route({
    method: "POST",
    path: "/api/interactions/:interaction_id/answer",
    summary: "Answer a question; the first answer counts",
    procedures: ["interactions.answer"],
    params: answerInteraction.pick({ interactionId: true }),
    body: answerInteraction.omit({ interactionId: true }),
    answer: interaction,
    otherStatuses: [409],
    run: async ({ call, params, body }) => shown(await call.interactions.answer({ ...body, ...params })),
  }),
];
