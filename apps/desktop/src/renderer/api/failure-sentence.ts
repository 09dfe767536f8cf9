import type { Failure } from "@chatee/shared/failure";
import { failureMessage } from "@chatee/shared/failure";
import { locale } from "../i18n/locale.ts";
import { chineseFailure } from "./chinese-failure.ts";

/** What a person reads of a failure, in the language of the screen. */
export function failureSentence(failure: Failure): string {
  return locale.get() === "zh-CN" ? chineseFailure(failure) : failureMessage(failure);
}
