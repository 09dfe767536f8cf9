import { EventEmitter } from "node:events";
import type { Session, WebContents } from "electron";

/** An Electron event that can be prevented, with whatever its listeners read. */
export function preventable<T extends object>(details: T) {
  const event = { ...details, isPrevented: false, preventDefault: () => void (event.isPrevented = true) };
  return event;
}

type OpenHandler = (details: { url: string }) => { action: string };

/** As much of a page as the guards and the shell touch; it shows what was done to it. */
export class PageStandIn extends EventEmitter {
  static nextId = 1;
  readonly id = PageStandIn.nextId++;
  readonly sent: unknown[][] = [];
  readonly copiedAt: [x: number, y: number][] = [];
  readonly session: SessionStandIn;
  openHandler: OpenHandler = () => ({ action: "allow" });
  url = "";
  loads = 0;
  isGone = false;
  constructor(session: SessionStandIn = new SessionStandIn()) {
    super();
    this.session = session;
  }
  setWindowOpenHandler(handler: OpenHandler): void {
    this.openHandler = handler;
  }
  async loadURL(url: string): Promise<void> {
    this.url = url;
    this.loads++;
    this.emit("did-start-navigation", { isMainFrame: true, isSameDocument: false });
  }
  getURL = () => this.url;
  send = (...args: unknown[]) => void this.sent.push(args);
  copyImageAt = (x: number, y: number) => void this.copiedAt.push([x, y]);
  isDestroyed = () => this.isGone;
  reload(): void {}
  /** The type that Electron's own has; what is missing is missing on purpose. */
  asContents = () => this as unknown as WebContents;
  /** Says whether the page may go there. */
  allows(event: "will-navigate" | "will-redirect" | "will-frame-navigate", url: string, isMainFrame = true): boolean {
    const details = preventable({ url, isMainFrame });
    this.emit(event, details);
    return !details.isPrevented;
  }
}

type Answer<T> = (answer: T) => void;
type Headers = Record<string, string[]>;

/** As much of a session as the guard sets; each question is asked as Electron would. */
export class SessionStandIn extends EventEmitter {
  permission: (contents: unknown, name: string, answer: Answer<boolean>, details: object) => void = (_c, _n, answer) =>
    answer(true);
  check: (contents: unknown, name: string, origin: string, details: object) => boolean = () => true;
  device: (details: object) => boolean = () => true;
  /** Who would hand out a recording of the screen. */
  media: unknown = "not set";
  before: (details: { url: string }, answer: Answer<{ cancel?: boolean }>) => void = (_details, answer) => answer({});
  headers: (details: object, answer: Answer<{ responseHeaders?: Headers }>) => void = (_details, answer) => answer({});
  readonly cookieList: { name: string; value: string; url: string; httpOnly?: boolean; sameSite?: string }[] = [];

  setPermissionRequestHandler = (handler: typeof this.permission) => void (this.permission = handler);
  setPermissionCheckHandler = (handler: typeof this.check) => void (this.check = handler);
  setDevicePermissionHandler = (handler: typeof this.device) => void (this.device = handler);
  setDisplayMediaRequestHandler = (handler: unknown) => void (this.media = handler);
  webRequest = {
    onBeforeRequest: (handler: typeof this.before) => void (this.before = handler),
    onHeadersReceived: (handler: typeof this.headers) => void (this.headers = handler),
  };
  cookies = {
    set: async (cookie: (typeof this.cookieList)[number]) => {
      this.cookieList.splice(0, this.cookieList.length, cookie);
    },
    get: async ({ url }: { url: string }) => this.cookieList.filter((cookie) => cookie.url === url),
  };

  isCleared = false;
  clearStorageData = async () => void (this.isCleared = true);

  asSession = () => this as unknown as Session;
  grants(permission: string, requestingUrl: string, isMainFrame = true): boolean {
    let given = true;
    this.permission(null, permission, (answer) => (given = answer), { requestingUrl, isMainFrame });
    return given && this.check(null, permission, requestingUrl, { isMainFrame });
  }
  lets(url: string): boolean {
    let isCancelled = false;
    this.before({ url }, ({ cancel = false }) => (isCancelled = cancel));
    return !isCancelled;
  }
  policyOf(resourceType: string, responseHeaders: Headers): string | undefined {
    let found = responseHeaders;
    this.headers({ resourceType, responseHeaders }, (answer) => (found = answer.responseHeaders ?? responseHeaders));
    return Object.entries(found).find(([name]) => name.toLowerCase() === "content-security-policy")?.[1][0];
  }
}
