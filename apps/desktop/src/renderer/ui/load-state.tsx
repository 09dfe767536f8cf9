import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { Notice } from "./notice.tsx";
import { Spinner } from "./spinner.tsx";

/** What stands where a screen's data will be. */
export function Loading({ children }: { children: ReactNode }) {
  return (
    <p role="status" className="flex items-center gap-3 py-8 text-muted">
      <Spinner /> {children}
    </p>
  );
}

/** What stands there when the data did not come. */
export function LoadFailed({ retry, onRetry, children }: { retry: string; onRetry: () => void; children: ReactNode }) {
  return (
    <Notice
      tone="danger"
      icon={<CircleAlert aria-hidden />}
      actions={
        <Button size="small" onClick={onRetry}>
          {retry}
        </Button>
      }
    >
      {children}
    </Notice>
  );
}
