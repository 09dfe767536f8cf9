import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { Api } from "../../api/client.ts";
import { toProblem } from "../../api/problem.ts";
import { useStore } from "../../api/store.ts";
import { Spinner } from "../../ui/spinner.tsx";
import { strings } from "./access.strings.ts";
import { SignInScreen } from "./sign-in-screen.tsx";
import { signIn } from "./sign-in.ts";
import type { SignIn } from "./sign-in.ts";

/** Shows its children to who is signed in. `token` comes from a printed link and is used once. */
export function AccessGate(props: { api: Api; origin: string; token: string | null; children: ReactNode }) {
  const { api, origin, token } = props;
  const access = useStore(api.access);
  const [linkResult, setLinkResult] = useState<SignIn | null>(null);

  useEffect(() => {
    if (access !== "unknown") return;
    const left = new AbortController();
    async function ask(): Promise<void> {
      if (token !== null) {
        const result = await signIn(origin, token);
        if (left.signal.aborted) return;
        setLinkResult(result);
      }
      try {
        await api.client.system.info.query(undefined, { signal: left.signal });
        api.signedIn();
      } catch (error) {
        // A lost connection asks again when it is back; a server that answers anything else lets the screens say so.
        const { kind } = toProblem(error);
        if (!left.signal.aborted && kind !== "network" && kind !== "signed_out") api.signedIn();
      }
    }
    void ask();
    const stop = api.connection.onRecovered(() => void ask());
    return () => {
      left.abort();
      stop();
    };
  }, [access, api, origin, token]);

  if (access === "signed_in") return props.children;
  if (access === "unknown") return <Connecting api={api} />;
  return <SignInScreen origin={origin} first={linkResult} onSignedIn={api.signedIn} />;
}

function Connecting({ api }: { api: Api }) {
  const connection = useStore(api.connection);
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 400);
    return () => clearTimeout(timer);
  }, []);
  if (!isLate) return null;
  return (
    <main role="status" className="grid h-full place-items-center p-6 text-center text-muted">
      <p className="flex max-w-sm items-center gap-3">
        <Spinner /> {connection === "lost" ? strings.connectingLong : strings.connecting}
      </p>
    </main>
  );
}
