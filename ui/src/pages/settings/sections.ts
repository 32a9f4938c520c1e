/**
 * What can be set, one section an address (`/settings/copy`). A new section is one line here, its
 * page, and its words `settings.section.<id>`; list, address, palette and title follow from it.
 */
import {
  HardDrive,
  KeyRound,
  type LucideIcon,
  MonitorDot,
  MonitorSmartphone,
  Palette,
  Server,
} from "lucide-react";
import type { ComponentType } from "react";
import type { Status } from "../../api/generated/Status";
import { AppearancePage } from "./AppearancePage";
import { CopyPage } from "./CopyPage";
import { DesktopPage } from "./DesktopPage";
import { KeysPage } from "./KeysPage";
import { PlatformsPage } from "./PlatformsPage";
import { SessionsPage } from "./SessionsPage";
import type { SectionId } from "./section-ids";

export interface SectionPage {
  status: Status;
}

export interface Section {
  id: SectionId;
  /** Whose it is: this computer's, or the platform's that is in use. */
  group: "computer" | "platform";
  icon: LucideIcon;
  page: ComponentType<SectionPage>;
}

/** In the order of the list. */
export const SECTIONS: readonly Section[] = [
  { id: "appearance", group: "computer", icon: Palette, page: AppearancePage },
  { id: "desktop", group: "computer", icon: MonitorDot, page: DesktopPage },
  { id: "platforms", group: "computer", icon: Server, page: PlatformsPage },
  { id: "copy", group: "computer", icon: HardDrive, page: CopyPage },
  { id: "keys", group: "platform", icon: KeyRound, page: KeysPage },
  { id: "sessions", group: "platform", icon: MonitorSmartphone, page: SessionsPage },
];
