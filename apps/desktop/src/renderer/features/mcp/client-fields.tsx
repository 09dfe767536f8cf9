import { useId, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { strings } from "./mcp.strings.ts";

type Client = { clientId: string; clientSecret?: string };

/** Who chatee is at an authorization server where it cannot register itself. */
export function ClientFields(props: { redirectUri: string; isBusy: boolean; onClient: (client: Client) => void }) {
  const [clientId, setClientId] = useState("");
  const [clientSecret, setClientSecret] = useState("");
  const id = useId();
  const isComplete = clientId.trim() !== "";
  return (
    <form
      className="mt-2.5 space-y-2 text-[13px]"
      onSubmit={(event) => {
        event.preventDefault();
        if (isComplete) props.onClient({ clientId: clientId.trim(), ...(clientSecret ? { clientSecret } : {}) });
      }}
    >
      <p>{strings.clientBody}</p>
      <p className="flex items-center gap-2">
        <span className="font-mono [overflow-wrap:anywhere]">{props.redirectUri}</span>
        <CopyButton text={() => props.redirectUri} />
      </p>
      <label htmlFor={`${id}-id`} className="block font-medium">
        {strings.clientId}
      </label>
      <input
        id={`${id}-id`}
        className="field font-mono"
        spellCheck={false}
        value={clientId}
        onChange={(event) => setClientId(event.target.value)}
      />
      <label htmlFor={`${id}-secret`} className="block font-medium">
        {strings.clientSecret} <span className="font-normal text-faint">{strings.optional}</span>
      </label>
      <input
        id={`${id}-secret`}
        type="password"
        autoComplete="off"
        className="field font-mono"
        value={clientSecret}
        onChange={(event) => setClientSecret(event.target.value)}
      />
      <Button size="small" type="submit" busy={props.isBusy} disabled={!isComplete}>
        {strings.signIn}
      </Button>
    </form>
  );
}
