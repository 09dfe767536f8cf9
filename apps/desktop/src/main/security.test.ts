import { describe, expect, test } from "vitest";
import { toExternal, toServerOrigin } from "./addresses.ts";
import { linkAmong, parseDeepLink } from "./deep-link.ts";
import { guardPage, guardStranger } from "./page-guard.ts";
import { guardSession, safeName } from "./session-guard.ts";
import { PageStandIn, SessionStandIn, preventable } from "./testing/stand-ins.ts";
import { mainWindowOptions, signInWindowOptions } from "./window-options.ts";

const origin = "http://127.0.0.1:40123";
const foreign = [
  "https://evil.example/",
  "http://127.0.0.1:40124/",
  "http://localhost:40123/",
  "http://127.0.0.1:40123@evil.example/",
  "file:///etc/passwd",
  "data:text/html,<script>alert(1)</script>",
  "javascript:alert(1)",
  "chatee://open",
  "about:blank#",
  "not an address",
];

describe("a window's page", () => {
  const options = {
    bounds: { x: 0, y: 0, width: 1, height: 1 },
    preload: "/p.cjs",
    partition: "persist:chatee",
    isLocal: true,
    isDark: false,
    hasDevTools: false,
  };
  test.each([
    ["chatee's", mainWindowOptions(options)],
    ["a sign-in's", signInWindowOptions({ partition: "x" })],
  ])("%s runs in a sandbox, apart from its preload, without Node", (_whose, { webPreferences }) => {
    expect(webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      devTools: false,
      spellcheck: false,
    });
  });
  test("of a sign-in has no bridge, and a session that is kept nowhere", () => {
    const { webPreferences } = signInWindowOptions({ partition: "sign-in-1" });
    expect(webPreferences).not.toHaveProperty("preload");
    expect(webPreferences?.partition).not.toMatch(/^persist:/);
  });

  function open(current: string | null = origin) {
    const page = new PageStandIn();
    const external: string[] = [];
    const sentAway: number[] = [];
    guardPage(page.asContents(), {
      origin: () => current,
      openExternal: (url) => external.push(url),
      onSentAway: () => sentAway.push(1),
    });
    return { page, external, sentAway };
  }
  test("stays at its server, in the top frame and below, also when the server sends it away", () => {
    const { page } = open();
    for (const event of ["will-navigate", "will-redirect", "will-frame-navigate"] as const) {
      expect(page.allows(event, `${origin}/#/settings/mcp`), event).toBe(true);
      for (const url of foreign) expect(page.allows(event, url), `${event} ${url}`).toBe(false);
    }
    expect(page.allows("will-frame-navigate", "about:srcdoc", false)).toBe(true);
    expect(open(null).page.allows("will-navigate", `${origin}/`)).toBe(false);
    // A server that sends its own page elsewhere is said to, for nothing is shown then.
    const sent = open();
    sent.page.allows("will-redirect", "https://login.example/", false);
    expect(sent.sentAway).toEqual([]);
    sent.page.allows("will-redirect", "https://login.example/");
    expect(sent.sentAway).toEqual([1]);
  });
  test("opens no window: links to the web and to mail go to the system, everything else nowhere", () => {
    const { page, external } = open();
    const links = ["https://example.com/a?b=c", "http://example.com/", "mailto:a@example.com"];
    for (const url of [...links, ...foreign, `${origin}/mcp/oauth/callback?code=1`])
      expect(page.openHandler({ url })).toEqual({ action: "deny" });
    expect(external).toEqual([...links, "https://evil.example/", "http://127.0.0.1:40124/", "http://localhost:40123/"]);
  });
  test("embeds no webview, and contents that nobody asked for go nowhere at all", () => {
    const { page } = open();
    const stranger = new PageStandIn();
    guardStranger(stranger.asContents());
    for (const one of [page, stranger]) {
      const event = preventable({});
      one.emit("will-attach-webview", event);
      expect(event.isPrevented).toBe(true);
    }
    expect(stranger.allows("will-navigate", `${origin}/`)).toBe(false);
    expect(stranger.allows("will-frame-navigate", `${origin}/`)).toBe(false);
    expect(stranger.openHandler({ url: "https://example.com/" })).toEqual({ action: "deny" });
  });
});

describe("a window's session", () => {
  function open(current: () => string | null = () => origin) {
    const session = new SessionStandIn();
    guardSession(session.asSession(), { origin: current, allowDevTools: false });
    return session;
  }
  test("sends nothing to anybody but its server", () => {
    const session = open();
    for (const url of [`${origin}/trpc`, "ws://127.0.0.1:40123/trpc", `blob:${origin}/1`, "data:image/png;base64,AA"])
      expect(session.lets(url), url).toBe(true);
    const others = foreign.filter((url) => !/^(data|about):/.test(url));
    for (const url of [...others, "wss://evil.example/", "ws://127.0.0.1:40124/", "devtools://devtools/x.js"])
      expect(session.lets(url), url).toBe(false);
  });
  test("sends nothing, and no cookie, while its server is away: another program may have its port", () => {
    let current: string | null = origin;
    const session = open(() => current);
    current = null;
    expect(session.lets(`${origin}/health`)).toBe(false);
    expect(session.lets("ws://127.0.0.1:40123/trpc")).toBe(false);
  });
  test("grants copying and full screen to its own top page; cameras, places, devices and the rest to nobody", () => {
    const session = open();
    expect(session.grants("clipboard-sanitized-write", `${origin}/`)).toBe(true);
    expect(session.grants("fullscreen", `${origin}/`)).toBe(true);
    expect(session.grants("fullscreen", "https://evil.example/")).toBe(false);
    expect(session.grants("clipboard-sanitized-write", `${origin}/`, false)).toBe(false);
    const others = ["media", "geolocation", "notifications", "midi", "midiSysex", "pointerLock", "openExternal"];
    const more = [
      "clipboard-read",
      "display-capture",
      "hid",
      "serial",
      "usb",
      "fileSystem",
      "idle-detection",
      "unknown",
    ];
    for (const name of [...others, ...more]) expect(session.grants(name, `${origin}/`), name).toBe(false);
    expect(session.device({ deviceType: "hid", origin })).toBe(false);
    expect(session.media).toBeNull();
  });
  test("gives a document without a policy a strict one, and leaves one that is there", () => {
    const session = open();
    const policy = session.policyOf("mainFrame", { "content-type": ["text/html"] });
    expect(policy).toContain("default-src 'self'");
    expect(policy).toMatch(/script-src 'self';/);
    expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline|\*/);
    expect(session.policyOf("subFrame", { "Content-Security-Policy": ["own"] })).toBe("own");
    expect(session.policyOf("xhr", {})).toBeUndefined();
  });
  test("downloads only what its server sends, and lets a name be a name", () => {
    const session = open();
    const download = (urls: string[], filename: string) => {
      const event = preventable({});
      let suggested = "";
      const item = {
        getURLChain: () => urls,
        getFilename: () => filename,
        setSaveDialogOptions: ({ defaultPath }: { defaultPath: string }) => (suggested = defaultPath),
      };
      session.emit("will-download", event, item);
      return event.isPrevented ? null : suggested;
    };
    expect(download([`blob:${origin}/1`], "chat.json")).toBe("chat.json");
    expect(download([`blob:${origin}/1`], "水壶 怎么选.md")).toBe("水壶 怎么选.md");
    expect(download(["blob:https://evil.example/1"], "chat.json")).toBeNull();
    expect(download([`${origin}/api/files/1`], "../../.bashrc")).toBe("_.._.bashrc");
    // What a tool gave is in the page already, and is kept from there.
    expect(download(["data:image/png;base64,aW1n"], "Picture from the tool.png")).toBe("Picture from the tool.png");
    expect(download([`${origin}/a`, "https://evil.example/b"], "b")).toBeNull();
    expect(download(["https://evil.example/b"], "b")).toBeNull();
    expect(safeName("photo\u202egpj.exe")).toBe("photo_gpj.exe");
    expect(safeName("...")).toBe("download");
  });
});

describe("addresses", () => {
  test("left to the system are of the web or of mail, without a name or a control character in them", () => {
    for (const url of ["https://example.com/", "http://example.com/", "mailto:a@example.com"])
      expect(toExternal(url)).toBe(url);
    const refused = ["file:///a", "smb://a/b", "javascript:1", "vscode://a", "https://u:p@example.com/", "ms-msdt:/id"];
    for (const url of [...refused, "https://example.com/\u0000", "https://a b/", "", `https://a/${"a".repeat(5_000)}`])
      expect(toExternal(url), url).toBeNull();
  });
  test("of a server are encrypted, or of this machine, and nothing but an origin", () => {
    expect(toServerOrigin("https://chatee.example/")).toBe("https://chatee.example");
    expect(toServerOrigin(" http://127.0.0.1:3002 ")).toBe("http://127.0.0.1:3002");
    expect(toServerOrigin("http://localhost:3002/")).toBe("http://localhost:3002");
    expect(toServerOrigin("http://[::1]:3002/")).toBe("http://[::1]:3002");
    const refused = [
      "http://chatee.example/",
      "http://192.168.1.2:3002/",
      "http://127.0.0.1.evil.example/",
      "file:///",
    ];
    for (const url of [
      ...refused,
      "https://a/b",
      "https://a/?t=1",
      "https://a/#x",
      "https://u@a/",
      "ws://127.0.0.1/",
      "a",
    ])
      expect(toServerOrigin(url), url).toBeNull();
  });
});

describe("chatee:// links", () => {
  test("lead to a screen, and say nothing else", () => {
    expect(parseDeepLink("chatee://open")).toEqual({ kind: "open", path: "/" });
    expect(parseDeepLink("chatee://session/019a-b_c")).toEqual({ kind: "session", path: "/sessions/019a-b_c" });
    expect(parseDeepLink("chatee://settings/mcp")).toEqual({ kind: "settings", path: "/settings/mcp" });
  });
  test.each([
    "https://open",
    "chatee:open",
    "chatee://session/",
    "chatee://session/a/b",
    "chatee://session/..%2fsettings",
    "chatee://session/<img>",
    "chatee://settings/unknown",
    "chatee://settings/mcp?url=https://evil.example",
    "chatee://settings/mcp#add",
    "chatee://mcp/add",
    "chatee://send/hello",
    "chatee://u:p@open",
    "chatee://open:80",
    `chatee://session/${"a".repeat(400)}`,
    "",
  ])("that are anything else do nothing: %s", (text) => {
    expect(parseDeepLink(text)).toBeNull();
  });
  test("are found among a second start's arguments", () => {
    expect(linkAmong(["/opt/chatee", "--flag", "chatee://open"])).toBe("chatee://open");
    expect(linkAmong(["/opt/chatee", "https://example.com"])).toBeNull();
  });
});
