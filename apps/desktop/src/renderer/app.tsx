import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Api } from "./api/client.ts";
import { useStore } from "./api/store.ts";
import { ApiProvider, TRPCProvider } from "./api/trpc.tsx";
import { AccessGate } from "./features/access/access-gate.tsx";
import { DesktopNotices } from "./features/desktop/desktop-notices.tsx";
import { InteractionsProvider } from "./features/interactions/interactions-context.tsx";
import { createOpenInteractions } from "./features/interactions/open-interactions.ts";
import type { Outbox } from "./features/messages/outbox.ts";
import { OutboxProvider } from "./features/messages/outbox-context.tsx";
import { locale } from "./i18n/locale.ts";
import type { AppRouter } from "./router.tsx";
import { CrashScreen } from "./ui/crash-screen.tsx";
import { Toasts } from "./ui/toast.tsx";

type AppProps = { api: Api; outbox: Outbox; router: AppRouter; origin: string; token: string | null };

export function App({ api, outbox, router, origin, token }: AppProps) {
  const interactions = useMemo(() => createOpenInteractions(api.client), [api]);
  // Words are read while drawing: in another language everything is drawn anew.
  const language = useStore(locale);
  return (
    <CrashScreen>
      <QueryClientProvider client={api.queryClient}>
        <TRPCProvider trpcClient={api.client} queryClient={api.queryClient}>
          <ApiProvider value={api}>
            <OutboxProvider value={outbox}>
              <AccessGate key={language} api={api} origin={origin} token={token}>
                <InteractionsProvider value={interactions}>
                  <DesktopNotices />
                  <RouterProvider router={router} />
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
