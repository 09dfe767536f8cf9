import type { Interaction } from "@chatee/shared/interactions";
import { MessageCircleQuestion } from "lucide-react";
import { useId, useMemo, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { forgetKept, useKept } from "../../ui/use-kept.ts";
import { initialValues, toContent, toFields } from "./form-fields.ts";
import type { FormField, FormProblem, FormValue } from "./form-fields.ts";
import { strings } from "./interactions.strings.ts";
import { QuestionFrame } from "./question-frame.tsx";
import { useAnswer } from "./use-answer.ts";

/** What a server wants to know, as a form. */
export function FormCard({ interaction }: { interaction: Extract<Interaction, { kind: "elicitation_form" }> }) {
  const { serverName, message, schema } = interaction.request;
  const { isAnswered, give } = useAnswer(interaction.interactionId);
  const fields = useMemo(() => toFields(schema), [schema]);
  const [values, setValues] = useKept(interaction.interactionId, () => initialValues(fields));
  const [problems, setProblems] = useState<Record<string, FormProblem>>({});
  const formId = useId();

  function send(): void {
    const result = toContent(fields, values);
    if ("problems" in result) return setProblems(result.problems);
    setProblems({});
    give({ action: "accept", content: result.content });
    forgetKept(interaction.interactionId);
  }

  return (
    <QuestionFrame
      label={strings.asks(serverName)}
      icon={<MessageCircleQuestion aria-hidden />}
      actions={
        <>
          <Button size="small" look="primary" type="submit" form={formId} disabled={isAnswered}>
            {strings.send}
          </Button>
          <Button size="small" disabled={isAnswered} onClick={() => give({ action: "decline" })}>
            {strings.decline}
          </Button>
        </>
      }
    >
      <p className="text-[13px] text-muted">{strings.asks(serverName)}</p>
      <p className="[overflow-wrap:anywhere] whitespace-pre-wrap">{message}</p>
      <form
        id={formId}
        noValidate
        className="mt-2.5 space-y-3"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        {fields.map((field) => (
          <Field
            key={field.name}
            field={field}
            value={values[field.name] ?? field.initial}
            problem={problems[field.name]}
            onChange={(value) => setValues((before) => ({ ...before, [field.name]: value }))}
          />
        ))}
      </form>
      <p className="mt-2 text-[13px] text-faint">{strings.formHint}</p>
    </QuestionFrame>
  );
}

type FieldProps = {
  field: FormField;
  value: FormValue;
  problem: FormProblem | undefined;
  onChange: (value: FormValue) => void;
};

const problemWords = {
  required: () => strings.required,
  not_a_number: () => strings.notANumber,
  not_such: () => strings.notSuch,
};

function Field({ field, value, problem, onChange }: FieldProps) {
  const id = useId();
  const isGroup = field.kind === "choices";
  return (
    <div role={isGroup ? "group" : undefined} aria-labelledby={isGroup ? `${id}-label` : undefined}>
      {field.kind !== "yes_no" && (
        <label id={`${id}-label`} htmlFor={isGroup ? undefined : id} className="mb-1 block text-[13px] font-medium">
          {field.label}
          {problem && (
            <span role="alert" className="ml-1.5 font-normal text-danger">
              {problemWords[problem]()}
            </span>
          )}
        </label>
      )}
      <Input id={id} field={field} value={value} onChange={onChange} />
      {field.hint && <p className="mt-0.5 text-[13px] text-muted">{field.hint}</p>}
    </div>
  );
}

function Input({ id, field, value, onChange }: { id: string } & Omit<FieldProps, "problem">) {
  switch (field.kind) {
    case "yes_no":
      return (
        <label className="flex items-center gap-2.5">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={value === true}
            onChange={(event) => onChange(event.target.checked)}
          />
          {field.label}
        </label>
      );
    case "choice":
      return (
        <select id={id} className="field" value={String(value)} onChange={(event) => onChange(event.target.value)}>
          <option value="">{strings.choose}</option>
          {field.choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
      );
    case "choices": {
      const chosen = Array.isArray(value) ? value : [];
      return field.choices.map((choice) => (
        <label key={choice.value} className="flex items-center gap-2.5">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={chosen.includes(choice.value)}
            onChange={(event) =>
              onChange(event.target.checked ? [...chosen, choice.value] : chosen.filter((one) => one !== choice.value))
            }
          />
          {choice.label}
        </label>
      ));
    }
    case "number":
    case "text":
      return (
        <input
          id={id}
          className="field"
          type={field.kind === "text" ? field.inputType : "text"}
          inputMode={field.kind === "number" ? "decimal" : undefined}
          value={String(value)}
          onChange={(event) => onChange(event.target.value)}
        />
      );
  }
}
