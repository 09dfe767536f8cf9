/** Keys to press together. */
export function Keys({ keys }: { keys: readonly string[] }) {
  return (
    <span className="flex shrink-0 gap-1">
      {keys.map((key) => (
        <kbd
          key={key}
          className="grid h-5 min-w-5 place-items-center rounded-md border border-line bg-sunken px-1 font-sans text-[11px] text-muted"
        >
          {key}
        </kbd>
      ))}
    </span>
  );
}
