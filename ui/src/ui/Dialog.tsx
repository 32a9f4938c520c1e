/** A dialog that is one of the layers Escape closes. */
import { Modal } from "@mantine/core";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLayer } from "../palette/actions";
import { IconButton } from "./Button";

interface DialogProps {
  open: boolean;
  title: ReactNode;
  size?: number;
  onClose(): void;
  children: ReactNode;
}

// Built from Mantine's parts: its own head is a second banner on the page.
export function Dialog({ open, title, size = 560, onClose, children }: DialogProps) {
  const { t } = useTranslation();
  useLayer(open, onClose);
  return (
    <Modal.Root
      opened={open}
      onClose={onClose}
      size={size}
      closeOnEscape={false}
      transitionProps={{ duration: 120, transition: "fade" }}
    >
      <Modal.Overlay color="var(--scrim)" backgroundOpacity={1} />
      <Modal.Content>
        <Modal.Body>
          <div className="dialog-head">
            <Modal.Title>{title}</Modal.Title>
            <IconButton label={t("shell.common.close")} onClick={onClose}>
              <X size={16} aria-hidden="true" />
            </IconButton>
          </div>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
