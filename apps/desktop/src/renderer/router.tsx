import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { AppShell } from "./app-shell.tsx";
import { ChatScreen } from "./features/messages/chat-screen.tsx";
import { settingsScreens, workspaceScreens } from "./screens.ts";
import type { Screen } from "./screens.ts";
import { CrashScreen } from "./ui/crash-screen.tsx";
import { LoadingScreen } from "./ui/loading-screen.tsx";

const rootRoute = createRootRoute({ component: AppShell });

const newChatRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  component: () => <ChatScreen key="new" sessionId={null} messageId={null} />,
});

/** `message` brings one message of the session into view. */
const sessionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sessions/$sessionId",
  validateSearch: ({ message }: Record<string, unknown>): { message?: string } =>
    typeof message === "string" || typeof message === "number" ? { message: String(message) } : {},
  component: function SessionScreen() {
    const { sessionId } = sessionRoute.useParams();
    const { message } = sessionRoute.useSearch();
    return <ChatScreen key={sessionId} sessionId={sessionId} messageId={message ?? null} />;
  },
});

const settingsRoute = createRoute({ getParentRoute: () => rootRoute, path: "/settings" });
const firstSettingsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/",
  beforeLoad: () => {
    // oxlint-disable-next-line typescript/only-throw-error -- how the router is told
    throw redirect({ to: "/settings/$screen", params: { screen: "models" }, replace: true });
  },
});

/** Only for the types of links: a screen's own route is more exact and wins. */
const anySettingsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "$screen",
  beforeLoad: () => {
    // oxlint-disable-next-line typescript/only-throw-error
    throw redirect({ to: "/settings", replace: true });
  },
});
const anyScreenRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/$screen",
  beforeLoad: () => {
    // oxlint-disable-next-line typescript/only-throw-error
    throw redirect({ to: "/", replace: true });
  },
});

const lazily = ({ component }: Screen) => lazyRouteComponent(async () => ({ default: await component() }));

const routeTree = rootRoute.addChildren([
  newChatRoute,
  sessionRoute,
  settingsRoute.addChildren([
    firstSettingsRoute,
    anySettingsRoute,
    ...settingsScreens.map((screen) =>
      createRoute({ getParentRoute: () => settingsRoute, path: screen.path, component: lazily(screen) }),
    ),
  ]),
  anyScreenRoute,
  ...workspaceScreens.map((screen) =>
    createRoute({ getParentRoute: () => rootRoute, path: screen.path, component: lazily(screen) }),
  ),
]);

/**
 * Addresses live behind the `#`, so that a reload asks the server for nothing but `/`, also behind a proxy or in
 * Electron. Call it once, after a token was taken out of the address.
 */
export function createAppRouter() {
  return createRouter({
    routeTree,
    history: createHashHistory(),
    defaultPreload: "intent",
    defaultPendingMs: 150,
    defaultPendingComponent: LoadingScreen,
    defaultErrorComponent: () => <CrashScreen hasCrashed />,
  });
}
export type AppRouter = ReturnType<typeof createAppRouter>;

declare module "@tanstack/react-router" {
  interface Register {
    router: AppRouter;
  }
}
