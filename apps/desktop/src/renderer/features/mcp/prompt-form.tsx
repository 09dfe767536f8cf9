import { useEffect, useId, useRef, useState } from "react";
import { isComposing } from "../messages/composing.ts";
import { givenTo } from "./offers.ts";
import type { Prompt, PromptArgument } from "./offers.ts";
import { strings } from "./offers.strings.ts";

/** What a prompt wants to know before it can be read. The button that sends it names `formId`. */
export function PromptForm(props: {
  formId: string;
  prompt: Prompt;
  problem: string | null;
  onGiven: (given: Record<string, string>) => void;
}) {
  const { description, args } = props.prompt;
  const [values, setValues] = useState<readonly string[]>(() => args.map(() => ""));
  const [missing, setMissing] = useState<readonly number[]>([]);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("textarea")?.focus(), []);

  function send(): void {
    const result = givenTo(args, values);
    if ("given" in result) {
      setMissing([]);
      return props.onGiven(result.given);
    }
    setMissing(result.missing);
    form.current?.querySelectorAll("textarea")[result.missing[0] ?? 0]?.focus();
  }
  return (
    <form
      ref={form}
      id={props.formId}
      noValidate
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault();
        // In React's tree this form stands inside of the composer's, which would send its draft.
        event.stopPropagation();
        send();
      }}
    >
      {description !== null && (
        <p className="text-[13px] [overflow-wrap:anywhere] text-muted" title={strings.claims}>
          {description}
        </p>
      )}
      {args.map((arg, index) => (
        <Field
          key={arg.name}
          arg={arg}
          value={values[index] ?? ""}
          isMissing={missing.includes(index)}
          onChange={(value) => setValues((before) => before.with(index, value))}
        />
      ))}
      {props.problem !== null && (
        <p role="alert" className="text-[13px] [overflow-wrap:anywhere] text-danger">
          {props.problem}
        </p>
      )}
    </form>
  );
}

type FieldProps = { arg: PromptArgument; value: string; isMissing: boolean; onChange: (value: string) => void };

function Field({ arg: { label, description, isRequired }, value, isMissing, onChange }: FieldProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-[13px] font-medium [overflow-wrap:anywhere]">
        {label}
        {isRequired && !isMissing && <span className="ml-1.5 font-normal text-muted">{strings.required}</span>}
        {isMissing && (
          <span role="alert" className="ml-1.5 font-normal text-danger">
            {strings.isNeeded}
          </span>
        )}
      </label>
      <textarea
        id={id}
        rows={1}
        className="field field-sizing-content max-h-40 min-h-[34px] resize-none"
        aria-required={isRequired}
        aria-invalid={isMissing}
        aria-describedby={description === null ? undefined : `${id}-hint`}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
          event.preventDefault();
          event.currentTarget.form?.requestSubmit();
        }}
      />
      {description !== null && (
        <p id={`${id}-hint`} className="mt-0.5 text-[13px] [overflow-wrap:anywhere] text-muted">
          {description}
        </p>
      )}
    </div>
  );
}
