import { useEffect, useMemo, useRef, useState } from "react";
import { readDraft, readPasted, saveDraft, savePasted } from "./drafts.ts";
import type { Pasted } from "./pasted.ts";

const saveAfterMs = 300;

export type Draft = {
  text: string;
  setText: (text: string) => void;
  pasted: readonly Pasted[];
  setPasted: (pasted: readonly Pasted[]) => void;
};

/** What is being written in a session; kept in this browser until it is sent. */
export function useDraft(sessionId: string | null): Draft & { clear: () => void } {
  const [text, setText] = useState(() => readDraft(sessionId));
  const [pasted, setPasted] = useState<readonly Pasted[]>(() => readPasted(sessionId));
  const latest = useRef({ text, pasted });
  useEffect(() => {
    latest.current = { text, pasted };
    const timer = setTimeout(() => saveDraft(sessionId, text), saveAfterMs);
    return () => clearTimeout(timer);
  }, [sessionId, text, pasted]);
  useEffect(() => savePasted(sessionId, pasted), [sessionId, pasted]);
  useEffect(() => {
    const keep = () => saveDraft(sessionId, latest.current.text);
    window.addEventListener("pagehide", keep);
    return () => {
      window.removeEventListener("pagehide", keep);
      keep();
    };
  }, [sessionId]);
  return useMemo(() => {
    const clear = () => {
      latest.current = { text: "", pasted: [] };
      setText("");
      setPasted([]);
      saveDraft(sessionId, "");
      savePasted(sessionId, []);
    };
    return { text, setText, pasted, setPasted, clear };
  }, [sessionId, text, pasted]);
}
