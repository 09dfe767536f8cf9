import type { ApprovalQuestion } from "@chatee/shared/interactions";

export const strings = {
  wantsToRun: (server: string) => `${server} wants to run`,
  reasons: {
    always: "You want to be asked each time.",
    first: "You have not allowed this tool before.",
    changed: "This tool is not what you allowed.",
  } satisfies Record<ApprovalQuestion["reason"], string>,
  readOnly: "The server says it only reads.",
  arguments: "With these arguments",
  allowOnce: "Allow once",
  allowAlways: "Always allow this tool",
  deny: "Deny",
  hidden: (places: string) => `Characters that nobody sees were taken out of ${places}.`,
  changes: "What is different now",
  asks: (server: string) => `${server} asks`,
  formHint: "What you enter is sent to this server.",
  choose: "Choose…",
  send: "Send",
  decline: "Decline",
  required: "is needed",
  notANumber: "is not such a number",
  notSuch: "is not as the server wants it",
  wantsPage: (server: string) => `${server} wants you to open a page`,
  open: "Open the page",
  openHint: (host: string) => `It opens in a new tab at ${host}. What you enter there goes to that site.`,
  notAPage: "This is no address of a web page, so it is not opened.",
};
