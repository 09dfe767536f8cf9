import type { ReactNode } from "react";
import { Dialog } from "../../ui/dialog.tsx";
import { Keys } from "../../ui/keys.tsx";
import { strings } from "./palette.strings.ts";
import { keysOf, labelOf, shortcuts } from "./shortcuts.ts";

/** Every key that does something. */
export function ShortcutsSheet({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={strings.shortcutsTitle} onClose={onClose}>
      <Group title={strings.general}>
        {shortcuts.map(({ id }) => (
          <Line key={id} label={labelOf(id)} keys={keysOf(id)} />
        ))}
      </Group>
      <Group title={strings.writing}>
        <Line label={strings.sends} keys={["Enter"]} />
        <Line label={strings.newLine} keys={["Shift", "Enter"]} />
        <Line label={strings.stops} keys={["Esc"]} />
      </Group>
    </Dialog>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="not-first:mt-4">
      <h3 className="text-xs font-medium text-faint">{title}</h3>
      <dl className="mt-1 divide-y divide-line">{children}</dl>
    </section>
  );
}

function Line({ label, keys }: { label: string; keys: readonly string[] }) {
  return (
    <div className="flex h-9 items-center justify-between gap-4">
      <dt className="truncate">{label}</dt>
      <dd>
        <Keys keys={keys} />
      </dd>
    </div>
  );
}
