import { Spinner } from "./spinner.tsx";
import { strings } from "./ui.strings.ts";

/** While a screen's code is on its way. */
export function LoadingScreen() {
  return (
    <div role="status" className="grid h-full place-items-center text-muted">
      <Spinner />
      <span className="sr-only">{strings.loading}</span>
    </div>
  );
}
