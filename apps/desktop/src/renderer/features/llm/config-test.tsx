import { useMutation } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, FlaskConical } from "lucide-react";
import type { inferInput } from "@trpc/tanstack-react-query";
import type { ReactNode } from "react";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { Button } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import { strings } from "./llm.strings.ts";

type TestInput = inferInput<ReturnType<typeof useTRPC>["llm"]["test"]>;

const maxReplyChars = 120;

/** Asks the model for a word and says what came of it, in the provider's own terms. */
export function ConfigTest({ input, className }: { input: TestInput; className?: string }) {
  const trpc = useTRPC();
  const test = useMutation(trpc.llm.test.mutationOptions());
  const result = test.data;
  return (
    <div className={classNames("flex flex-wrap items-center gap-x-3 gap-y-2", className)}>
      <Button size="small" busy={test.isPending} onClick={() => test.mutate(input)}>
        {!test.isPending && <FlaskConical aria-hidden className="size-3.5" />}
        {strings.test}
      </Button>
      <div role="status" className="min-w-0 flex-1 basis-60 text-[13px] [&_svg]:size-4 [&_svg]:shrink-0">
        {test.isPending && <span className="text-muted">{strings.testing}</span>}
        {result?.success && (
          <p className="flex items-start gap-1.5">
            <CircleCheck aria-hidden className="mt-0.5 text-accent" />
            <span>
              {strings.testOk(result.latencyMs)}{" "}
              {result.reply && (
                <span className="text-muted">{strings.testReply(result.reply.slice(0, maxReplyChars))}</span>
              )}
            </span>
          </p>
        )}
        {result && !result.success && (
          <Failed>
            {result.message} <span className="text-muted">{strings.testAfter(result.latencyMs)}</span>
          </Failed>
        )}
        {test.error && <Failed>{toProblem(test.error).sentence}</Failed>}
      </div>
    </div>
  );
}

function Failed({ children }: { children: ReactNode }) {
  return (
    <p className="flex items-start gap-1.5">
      <CircleAlert aria-hidden className="mt-0.5 text-danger" />
      <span className="[overflow-wrap:anywhere]">{children}</span>
    </p>
  );
}
