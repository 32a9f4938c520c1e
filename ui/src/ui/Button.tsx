/** Buttons. Knows nothing of the domain; an icon alone always carries its name. */
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: "primary" | "default" | "plain";
  size?: "small" | "normal";
  ref?: Ref<HTMLButtonElement>;
}

export function Button({
  kind = "default",
  size = "normal",
  type = "button",
  className,
  ...rest
}: ButtonProps) {
  return (
    <button type={type} className={`button ${className ?? ""}`} data-kind={kind} data-size={size} {...rest} />
  );
}

interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "title"> {
  label: string;
  children: ReactNode;
  size?: "small" | "normal";
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ label, size = "normal", className, children, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      className={`icon-button ${className ?? ""}`}
      data-size={size}
      aria-label={label}
      title={label}
      {...rest}
    >
      {children}
    </button>
  );
}
