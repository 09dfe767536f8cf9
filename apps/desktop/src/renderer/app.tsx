import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import type { Api } from "./api/client.ts";
import { useStore } from "./api/store.ts";
import { ApiProvider, TRPCProvider } from "./api/trpc.tsx";
import { AppShell } from "./app-shell.tsx";
import { AccessGate } from "./features/access/access-gate.tsx";
import { InteractionsProvider } from "./features/interactions/interactions-context.tsx";
import { createOpenInteractions } from "./features/interactions/open-interactions.ts";
import { ChatScreen } from "./features/messages/chat-screen.tsx";
import type { Outbox } from "./features/messages/outbox.ts";
import { OutboxProvider } from "./features/messages/outbox-context.tsx";
import { CrashScreen } from "./ui/crash-screen.tsx";
import { Spinner } from "./ui/spinner.tsx";
import { Toasts } from "./ui/toast.tsx";
import { route } from "./route.ts";

const ModelsScreen = lazy(async () => ({ default: (await import("./features/llm/models-screen.tsx")).ModelsScreen }));
const McpScreen = lazy(async () => ({ default: (await import("./features/mcp/mcp-screen.tsx")).McpScreen }));

export function App(props: { api: Api; outbox: Outbox; origin: string; token: string | null }) {
  const { api, outbox } = props;
  const interactions = useMemo(() => createOpenInteractions(api.client), [api]);
  return (
    <CrashScreen>
      <QueryClientProvider client={api.queryClient}>
        <TRPCProvider trpcClient={api.client} queryClient={api.queryClient}>
          <ApiProvider value={api}>
            <OutboxProvider value={outbox}>
              <AccessGate api={api} origin={props.origin} token={props.token}>
                <InteractionsProvider value={interactions}>
                  <AppShell>
                    <Screen />
                  </AppShell>
                </InteractionsProvider>
              </AccessGate>
              <Toasts />
            </OutboxProvider>
          </ApiProvider>
        </TRPCProvider>
      </QueryClientProvider>
    </CrashScreen>
  );
}

function Screen() {
  const shown = useStore(route);
  if (shown.screen === "models" || shown.screen === "mcp") {
    return (
      <Suspense
        fallback={
          <div className="grid h-full place-items-center text-muted">
            <Spinner />
          </div>
        }
      >
        {shown.screen === "mcp" ? <McpScreen /> : <ModelsScreen />}
      </Suspense>
    );
  }
  const sessionId = shown.screen === "session" ? shown.sessionId : null;
  return <ChatScreen key={sessionId ?? "new"} sessionId={sessionId} />;
}
