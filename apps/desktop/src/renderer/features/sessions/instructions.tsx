import { ScrollText } from "lucide-react";
import { useId, useState } from "react";
import { createStore } from "../../api/store.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { LateDialog } from "../../ui/late-dialog.tsx";
import { readSaved, save } from "../../ui/saved.ts";
import { strings } from "./sessions.strings.ts";

const maxChars = 200_000;
const newKey = "chatee.instructions.new";

/** Those of the chat that has no session yet. */
export const newInstructions = createStore(readSaved(newKey) ?? "");

export function keepNewInstructions(text: string): void {
  newInstructions.set(text);
  save(newKey, text === "" ? null : text);
}

/** What the model is told before everything that is said in a chat; the sign stands out where something is. */
export function Instructions(props: {
  text: string;
  /** Resolves to a sentence when they could not be kept. */
  onSave: (text: string) => Promise<string | null>;
}) {
  const [isOpen, setOpen] = useState(false);
  const isSet = props.text.trim() !== "";
  return (
    <>
      <IconButton
        label={isSet ? strings.instructionsSet : strings.instructions}
        onClick={() => setOpen(true)}
        className={isSet ? "text-accent!" : ""}
      >
        <ScrollText />
      </IconButton>
      {isOpen && <InstructionsDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

function InstructionsDialog(props: {
  text: string;
  onSave: (text: string) => Promise<string | null>;
  onClose: () => void;
}) {
  const [text, setText] = useState(props.text);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const formId = useId();
  async function save(): Promise<void> {
    setBusy(true);
    const failed = await props.onSave(text.trim());
    setBusy(false);
    setProblem(failed);
    if (failed === null) props.onClose();
  }
  return (
    <LateDialog
      wide
      title={strings.instructions}
      onClose={props.onClose}
      actions={
        <>
          <Button look="quiet" onClick={props.onClose}>
            {strings.cancel}
          </Button>
          <Button type="submit" form={formId} look="primary" busy={isBusy}>
            {strings.save}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <p className="mb-2.5 text-[13px] text-muted">{strings.instructionsHint}</p>
        <textarea
          data-first-focus
          aria-label={strings.instructions}
          className="field field-sizing-content max-h-[50vh] min-h-36 resize-none py-2 leading-[1.6]"
          maxLength={maxChars}
          placeholder={strings.instructionsPlaceholder}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </form>
      {problem !== null && (
        <p role="alert" className="mt-2 text-[13px] text-danger">
          {problem}
        </p>
      )}
    </LateDialog>
  );
}
