import type { ReactNode } from "react";
import { useId } from "react";
import { classNames } from "../../ui/class-names.ts";

type ChoiceRowProps<TValue extends string> = {
  label: string;
  hint: string;
  options: readonly { value: TValue; label: string; icon?: ReactNode }[];
  chosen: TValue;
  onChoose: (value: TValue) => void;
};

/** One setting with a few values, all of them in sight; arrow keys move between them. */
export function ChoiceRow<TValue extends string>(props: ChoiceRowProps<TValue>) {
  const id = useId();
  return (
    <div className="flex flex-wrap items-center gap-x-6 gap-y-3 px-4 py-3.5">
      <div className="min-w-52 flex-1">
        <p id={`${id}-label`} className="font-medium">
          {props.label}
        </p>
        <p id={`${id}-hint`} className="mt-0.5 text-[13px] text-muted">
          {props.hint}
        </p>
      </div>
      <div
        role="radiogroup"
        aria-labelledby={`${id}-label`}
        aria-describedby={`${id}-hint`}
        className="flex rounded-lg border border-line bg-sunken p-0.5"
      >
        {props.options.map(({ value, label, icon }) => (
          <label
            key={value}
            className={classNames(
              "flex h-7 cursor-pointer items-center gap-1.5 rounded-md px-3 text-[13px] has-focus-visible:outline-2 has-focus-visible:outline-accent [&>svg]:size-3.5",
              value === props.chosen ? "bg-raised font-medium shadow-card" : "text-muted hover:text-ink",
            )}
          >
            <input
              type="radio"
              name={id}
              className="sr-only"
              checked={value === props.chosen}
              onChange={() => props.onChoose(value)}
            />
            {icon}
            {label}
          </label>
        ))}
      </div>
    </div>
  );
}
