/** The caps of a key or of a sequence. */
import { caps } from "../palette/keys";

export function Keys({ keys }: { keys: string }) {
  return (
    <span className="keys">
      {caps(keys).map((press) => (
        <span key={press.join("+")} className="keys">
          {press.map((cap) => (
            <kbd key={cap}>{cap}</kbd>
          ))}
        </span>
      ))}
    </span>
  );
}
