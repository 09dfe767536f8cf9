import type { Ref } from "react";

type FilePickerProps = {
  ref: Ref<HTMLInputElement>;
  label: string;
  accept?: string;
  onFile: (file: File) => void;
};

/** The system's dialog for choosing one file: `click` its ref to open it. The same file can be chosen again. */
export function FilePicker({ ref, label, accept, onFile }: FilePickerProps) {
  return (
    <input
      ref={ref}
      type="file"
      accept={accept}
      hidden
      aria-label={label}
      onChange={(event) => {
        const file = event.target.files?.[0];
        event.target.value = "";
        if (file) onFile(file);
      }}
    />
  );
}
