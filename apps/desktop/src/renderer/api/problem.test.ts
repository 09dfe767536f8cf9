import { expect, test } from "vitest";
import { isNetworkProblem, toProblem } from "./problem.ts";

test("what never reached the server, or got lost on the way back, may be asked again; nothing else", () => {
  const lost = [
    new TypeError("fetch failed"),
    { meta: { response: { status: 502 } } },
    { message: "closed", data: null },
    "x",
    null,
  ];
  for (const error of lost) expect(isNetworkProblem(error)).toBe(true);
  const answered = [
    { data: { httpStatus: 409, failure: { code: "session.busy", sessionId: "s", runId: "r" } } },
    { data: { httpStatus: 500, failure: null, errorId: "e" }, message: "m" },
    { meta: { response: { status: 403 } } },
    { meta: { response: { status: 401 } } },
  ];
  for (const error of answered) expect(isNetworkProblem(error)).toBe(false);
});

test("a failure reads as its sentence, a bug as the server's, and 401 means signed out however it is wrapped", () => {
  expect(
    toProblem({ data: { httpStatus: 422, failure: { code: "llm.wrong_key", provider: "openai" } } }),
  ).toMatchObject({
    kind: "failure",
    sentence: "openai refused the API key.",
  });
  expect(toProblem({ message: "The log knows it as e1.", data: { httpStatus: 500, failure: null } })).toEqual({
    kind: "bug",
    sentence: "The log knows it as e1.",
  });
  expect(toProblem({ data: { httpStatus: 401 } }).kind).toBe("signed_out");
  expect(toProblem({ meta: { response: { status: 401 } } }).kind).toBe("signed_out");
});
