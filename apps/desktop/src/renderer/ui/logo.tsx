/** A cup that is a speech bubble; the same drawing as public/favicon.svg. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={className}>
      <rect width="32" height="32" rx="9" fill="#1f7a5f" />
      <g stroke="#fff" fill="none" strokeLinecap="round">
        <path d="M21 13h1.2a2.8 2.8 0 0 1 0 5.6h-1.5" strokeWidth="2" />
        <path d="M12.2 8.6c-.8-1 .8-1.7 0-2.8M16.7 8.6c-.8-1 .8-1.7 0-2.8" strokeWidth="1.5" />
      </g>
      <g fill="#fff">
        <path d="M8 11.5h13v5.2a5.8 5.8 0 0 1-5.8 5.800h-1.400A5.8 5.8 0 0 1 8 16.700z" />
        <path d="M11 21.5l-1.8 3.7 4.8-3z" />
      </g>
    </svg>
  );
}
