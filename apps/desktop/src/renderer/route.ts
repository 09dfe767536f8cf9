import { createStore } from "./api/store.ts";
import type { Store } from "./api/store.ts";

export type Route =
  | { screen: "new" }
  | { screen: "session"; sessionId: string }
  | { screen: "models" }
  | { screen: "mcp" };

/** Routes live behind the `#`, so that a reload asks the server for nothing but `/`, also behind a proxy or in Electron. */
export function toRoute(hash: string): Route {
  const parts = hash.replace(/^#\/?/, "").split("/");
  if (parts[0] === "sessions" && parts[1]) {
    try {
      return { screen: "session", sessionId: decodeURIComponent(parts[1]) };
    } catch {
      return { screen: "new" };
    }
  }
  if (parts[0] === "settings") return { screen: parts[1] === "mcp" ? "mcp" : "models" };
  return { screen: "new" };
}

export function toHash(route: Route): string {
  switch (route.screen) {
    case "session":
      return `#/sessions/${encodeURIComponent(route.sessionId)}`;
    case "models":
      return "#/settings/models";
    case "mcp":
      return "#/settings/mcp";
    case "new":
      return "#/";
  }
}

const current = createStore<Route>({ screen: "new" });
export const route: Store<Route> = current;

export function navigate(to: Route): void {
  window.location.hash = toHash(to);
}

/** Follows the address bar from now on. */
export function followAddress(): void {
  const read = () => current.set(toRoute(window.location.hash));
  window.addEventListener("hashchange", read);
  read();
}
