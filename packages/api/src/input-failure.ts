import type { Failure } from "@chatee/shared/failure";
import type { ZodError } from "zod";

const maxIssues = 20;

/** What is wrong with an input, in the words of its schema. */
export function inputFailure(error: ZodError): Extract<Failure, { code: "input.invalid" }> {
  const issues = error.issues
    .slice(0, maxIssues)
    .map(({ path, message }) => ({ path: path.map(String).join("."), message }));
  return { code: "input.invalid", issues };
}
