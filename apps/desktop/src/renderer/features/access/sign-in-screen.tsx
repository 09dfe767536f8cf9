import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Logo } from "../../ui/logo.tsx";
import { strings } from "./access.strings.ts";
import { signIn } from "./sign-in.ts";
import type { SignIn } from "./sign-in.ts";

function sentenceOf(result: SignIn & { ok: false }): string {
  switch (result.reason) {
    case "wrong":
      return strings.wrongToken;
    case "too_many":
      return strings.tooMany(result.retryAfterS);
    case "unreachable":
      return strings.unreachable;
    case "unexpected":
      return strings.unexpected;
  }
}

/** `first` is why an automatic sign-in by link did not work. */
export function SignInScreen(props: { origin: string; first: SignIn | null; onSignedIn: () => void }) {
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState(props.first);
  const problem = result && !result.ok ? sentenceOf(result) : null;

  async function submit(): Promise<void> {
    setBusy(true);
    const answer = await signIn(props.origin, token);
    setBusy(false);
    setResult(answer);
    if (answer.ok) props.onSignedIn();
  }

  return (
    <main className="grid h-full place-items-center overflow-y-auto bg-side p-4">
      <form
        className="appear w-full max-w-[400px] rounded-2xl bg-raised p-7 shadow-pop"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Logo className="mb-5 size-10" />
        <h1 className="text-[17px] font-semibold">{strings.title}</h1>
        <p className="mt-1.5 text-muted">
          {strings.where} <code className="font-mono text-[0.92em]">{strings.tokenFile}</code> {strings.whereEnd}
        </p>
        <label className="mt-5 block">
          <span className="mb-1.5 block font-medium">{strings.token}</span>
          <input
            className="field font-mono"
            type="password"
            autoComplete="current-password"
            autoFocus
            spellCheck={false}
            placeholder={strings.placeholder}
            value={token}
            aria-invalid={problem !== null}
            aria-describedby="sign-in-problem"
            onChange={(event) => setToken(event.target.value)}
          />
        </label>
        <p id="sign-in-problem" role="alert" className="min-h-6 pt-1.5 text-[13px] text-danger">
          {problem}
        </p>
        <Button type="submit" look="primary" busy={busy} disabled={token.trim() === ""} className="mt-1 w-full">
          {strings.signIn}
        </Button>
      </form>
    </main>
  );
}
