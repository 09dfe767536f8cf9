import { useEffect, useRef, useState } from "react";
import { readDraft, saveDraft } from "./drafts.ts";

const saveAfterMs = 300;

/** What is being typed into a session; kept in this browser until it is sent. */
export function useDraft(sessionId: string | null): [string, (text: string) => void] {
  const [text, setText] = useState(() => readDraft(sessionId));
  const latest = useRef(text);
  useEffect(() => {
    latest.current = text;
    const timer = setTimeout(() => saveDraft(sessionId, text), saveAfterMs);
    return () => clearTimeout(timer);
  }, [sessionId, text]);
  useEffect(() => {
    const keep = () => saveDraft(sessionId, latest.current);
    window.addEventListener("pagehide", keep);
    return () => {
      window.removeEventListener("pagehide", keep);
      keep();
    };
  }, [sessionId]);
  return [text, setText];
}
