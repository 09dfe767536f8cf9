import { DomainError } from "@chatee/shared/failure";
import { importSession } from "@chatee/shared/session-export";
import type { ImportSession } from "@chatee/shared/session-export";
import { exceededBound } from "../json-bounds.ts";
import { inputFailure } from "../input-failure.ts";

const maxNodes = 5_000_000;

/** @throws DomainError `input.invalid` for a text that is no session's file. */
export function readSessionFile(text: string): ImportSession {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid("this is not a JSON file", error);
  }
  if (exceededBound(value, maxNodes) !== null) throw invalid("this file is nested too deeply or holds too much");
  const parsed = importSession.safeParse(value);
  if (!parsed.success) throw new DomainError(inputFailure(parsed.error), { cause: parsed.error });
  return parsed.data;
}

function invalid(message: string, cause?: unknown): DomainError {
  return new DomainError({ code: "input.invalid", issues: [{ path: "file", message }] }, { cause });
}
