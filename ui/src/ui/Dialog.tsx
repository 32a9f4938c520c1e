/** A dialog that is one of the layers Escape closes. */
import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLayer } from "../palette/actions";

interface DialogProps {
  open: boolean;
  title: ReactNode;
  size?: number;
  onClose(): void;
  children: ReactNode;
}

export function Dialog({ open, title, size = 560, onClose, children }: DialogProps) {
  const { t } = useTranslation();
  useLayer(open, onClose);
  return (
    <Modal
      opened={open}
      onClose={onClose}
      title={title}
      size={size}
      closeOnEscape={false}
      closeButtonProps={{ "aria-label": t("shell.common.close") }}
      overlayProps={{ color: "var(--scrim)", backgroundOpacity: 1 }}
      transitionProps={{ duration: 120, transition: "fade" }}
    >
      {children}
    </Modal>
  );
}
