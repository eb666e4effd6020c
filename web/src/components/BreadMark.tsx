// The mark of Bakehouse: a loaf.

export function BreadMark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden>
      <path d="M4 9.5C2.6 8.9 2 7.9 2 6.8 2 4.7 4.6 3.5 12 3.5s10 1.2 10 3.3c0 1.1-.6 2.1-2 2.7V19a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 19z" fill="#c9863a" />
      <path d="M8.2 8l1.4 3.4M12 7.6V11.4M15.8 8l-1.4 3.4" stroke="#fff5e6" strokeWidth="1.6" strokeLinecap="round" />
    </svg>
  );
}
