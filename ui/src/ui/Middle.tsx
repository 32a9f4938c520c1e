/** Long ids and hashes with an ellipsis in the middle; whole on hover and when copied. */

export function Middle({ text, keep = 10 }: { text: string; keep?: number }) {
  const short = text.length > 2 * keep + 1 ? `${text.slice(0, keep)}…${text.slice(-keep)}` : text;
  return (
    <span className="mono" title={text}>
      {short}
    </span>
  );
}
