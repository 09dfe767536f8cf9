import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { IconButton } from "./button.tsx";
import { toast } from "./toast.tsx";
import { strings } from "./ui.strings.ts";

const shownMs = 1_500;

type CopyButtonProps = { text: () => string; label?: string; icon?: ReactNode };

/** `text` is asked for when the button is pressed, so that a long text is not kept ready for nothing. */
export function CopyButton({ text, label = strings.copy, icon = <Copy /> }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), shownMs);
    return () => clearTimeout(timer);
  }, [copied]);
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text());
      setCopied(true);
    } catch {
      toast(strings.copyFailed);
    }
  }
  return (
    <IconButton label={copied ? strings.copied : label} size="small" onClick={() => void copy()}>
      {copied ? <Check className="text-accent" /> : icon}
    </IconButton>
  );
}
