import type { AppRouter } from "@chatee/api/app-router";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import { createContext, useContext } from "react";
import type { Api } from "./client.ts";

/** Typed options for react-query, and the plain client for what is followed rather than cached. */
export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();

const ApiContext = createContext<Api | null>(null);
export const ApiProvider = ApiContext.Provider;

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (!api) throw new Error("useApi is called outside of ApiProvider");
  return api;
}
