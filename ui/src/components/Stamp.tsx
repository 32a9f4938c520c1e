/** A moment with its zone; the other zone on hover. And how long ago it was. */
import { useTranslation } from "react-i18next";
import { age, stamp } from "../time/format";
import { useNow } from "./now";
import { usePreferences } from "./preferences";

export function Stamp({ at }: { at: string }) {
  const { style, ownZone } = usePreferences();
  const moment = new Date(at);
  const other = style.zone === "UTC" ? ownZone : "UTC";
  return (
    <time className="number" dateTime={at} title={stamp(moment, { ...style, zone: other })}>
      {stamp(moment, style)}
    </time>
  );
}

/** Says how long ago a moment was. */
export function useAge(): (at: string | null) => string {
  const { t } = useTranslation();
  const now = useNow();
  return (at) => {
    if (!at) return t("time.ago.never");
    const { unit, n } = age(new Date(at), now);
    return t(`time.ago.${unit}`, { n });
  };
}

export function Ago({ at }: { at: string | null }) {
  const { style } = usePreferences();
  const say = useAge();
  return (
    <time className="number" dateTime={at ?? undefined} title={at ? stamp(new Date(at), style) : undefined}>
      {say(at)}
    </time>
  );
}
