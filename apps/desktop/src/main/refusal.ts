import type { RefusalCode } from "../ipc/contract.ts";

/** An expected no; its code goes to the page, its cause stays here. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;
  constructor(code: RefusalCode, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}
