import { z } from "zod";

/** What a page may ask the shell for: each call has a schema both ways, checked at one gate in the main process. */
type CallSpec = {
  input: z.ZodType;
  output: z.ZodType;
  /** Refused to pages of a remote server, which would otherwise reach into this machine. */
  isLocalOnly: boolean;
};

/** One message of a page; larger ones are refused before anything is done with them. */
export const maxWriteChars = 64 * 1024;
export const maxReadBytes = 4 * 1024 * 1024;
export const maxWriteBytes = 32 * 1024 * 1024;

const nothing = z.undefined();
const id = z.uuid();
const grant = z.strictObject({ grantId: id, name: z.string() });
const bytes = z.instanceof(Uint8Array);
const columns = z.int().min(2).max(1_000);
const rows = z.int().min(1).max(1_000);
const oneLine = (maxChars: number) => z.string().trim().min(1).max(maxChars);
/** A screen of the UI, as its path; never another origin. */
export const screenPath = z
  .string()
  .max(300)
  .regex(/^\/(?!\/)[\w\-/]*$/);

export const calls = {
  "shell.info": {
    input: nothing,
    output: z.strictObject({
      platform: z.enum(["linux", "macos", "windows"]),
      version: z.string(),
      server: z.enum(["bundled", "remote"]),
      hasTerminal: z.boolean(),
      /** Where the key is that seals stored secrets; null when it is a remote server's business. */
      secretKey: z.enum(["keychain", "file", "configured"]).nullable(),
      canMoveSecretKey: z.boolean(),
      closeToTray: z.boolean(),
      remoteUrl: z.string().nullable(),
    }),
    isLocalOnly: false,
  },
  "shell.setCloseToTray": {
    input: z.strictObject({ closeToTray: z.boolean() }),
    output: nothing,
    isLocalOnly: true,
  },
  /** Asks the person before anything changes; false when they said no. */
  "server.choose": {
    input: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("bundled") }),
      z.strictObject({ kind: z.literal("remote"), url: z.string().max(2_000) }),
    ]),
    output: z.strictObject({ isChanged: z.boolean() }),
    isLocalOnly: false,
  },
  "secretKey.moveToKeychain": { input: nothing, output: nothing, isLocalOnly: true },
  "files.pickToRead": {
    input: z.strictObject({
      isMultiple: z.boolean(),
      extensions: z.array(z.string().regex(/^[a-z0-9]{1,10}$/i)).max(50),
    }),
    output: z.array(z.strictObject({ grantId: id, name: z.string(), sizeBytes: z.int() })),
    isLocalOnly: true,
  },
  "files.pickToWrite": {
    input: z.strictObject({ suggestedName: oneLine(200) }),
    output: grant.nullable(),
    isLocalOnly: true,
  },
  "files.pickFolder": { input: nothing, output: grant.nullable(), isLocalOnly: true },
  "files.read": {
    input: z.strictObject({ grantId: id, offset: z.int().min(0), maxBytes: z.int().min(1).max(maxReadBytes) }),
    output: z.strictObject({ bytes, isEnd: z.boolean() }),
    isLocalOnly: true,
  },
  "files.write": {
    input: z.strictObject({ grantId: id, bytes: bytes.refine((data) => data.byteLength <= maxWriteBytes) }),
    output: z.strictObject({ sizeBytes: z.int() }),
    isLocalOnly: true,
  },
  "files.release": { input: z.strictObject({ grantId: id }), output: nothing, isLocalOnly: true },
  "notifications.show": {
    input: z.strictObject({ title: oneLine(100), body: z.string().max(500), path: screenPath.nullable() }),
    output: z.strictObject({ isShown: z.boolean() }),
    isLocalOnly: false,
  },
  /** Shows an authorization server's page in a window of its own, and hands what comes back to chatee's server. */
  "signIn.open": {
    input: z.strictObject({ url: z.string().max(8_000) }),
    output: z.strictObject({ outcome: z.enum(["done", "closed", "failed"]), message: z.string().nullable() }),
    isLocalOnly: false,
  },
  "terminal.create": {
    input: z.strictObject({ columns, rows, folderGrantId: id.nullable() }),
    output: z.strictObject({ terminalId: id, title: z.string() }),
    isLocalOnly: true,
  },
  "terminal.write": {
    input: z.strictObject({ terminalId: id, data: z.string().max(maxWriteChars) }),
    output: nothing,
    isLocalOnly: true,
  },
  "terminal.resize": { input: z.strictObject({ terminalId: id, columns, rows }), output: nothing, isLocalOnly: true },
  /** So many characters of output were shown, and as many more may come. */
  "terminal.acknowledge": {
    input: z.strictObject({ terminalId: id, chars: z.int().min(1).max(100_000_000) }),
    output: nothing,
    isLocalOnly: true,
  },
  "terminal.kill": { input: z.strictObject({ terminalId: id }), output: nothing, isLocalOnly: true },
} as const satisfies Record<string, CallSpec>;

export type CallName = keyof typeof calls;
export type CallInput<N extends CallName> = z.output<(typeof calls)[N]["input"]>;
export type CallOutput<N extends CallName> = z.input<(typeof calls)[N]["output"]>;

/** What the shell tells a page, and only the page it concerns. */
export const announcements = {
  "terminal.data": z.strictObject({ terminalId: id, data: z.string() }),
  "terminal.exit": z.strictObject({ terminalId: id, exitCode: z.int(), signal: z.int().nullable() }),
  /** A link or a notification that the person opened leads here. */
  "shell.navigate": z.strictObject({ path: screenPath }),
} as const;
export type AnnouncementName = keyof typeof announcements;
export type Announcement<N extends AnnouncementName> = z.output<(typeof announcements)[N]>;

/** Refusals by name; the page has words for each. */
export const refusals = [
  "ipc.unknown_call",
  "ipc.untrusted_sender",
  "ipc.invalid_input",
  "ipc.local_only",
  "ipc.busy",
  "ipc.failed",
  "server.invalid_url",
  "secret_key.unavailable",
  "files.no_grant",
  "files.changed",
  "files.unreadable",
  "sign_in.invalid_url",
  "sign_in.busy",
  "terminal.refused",
  "terminal.too_many",
  "terminal.not_found",
  "terminal.unavailable",
] as const;
export type RefusalCode = (typeof refusals)[number];

/** The two channels; nothing else passes between a page and the main process. */
export const callChannel = "chatee:call";
export const announcementChannel = "chatee:announcement";

/** Tells a window's preload that its page is of the bundled server. */
export const localFlag = "--chatee-local";

/** What comes back over `callChannel`: Electron would turn a thrown error into a text with a stack. */
export type Reply = { isOk: true; value: unknown } | { isOk: false; code: RefusalCode };
