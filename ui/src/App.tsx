/** Which screen is due: the wizard, signing in, or the console. The desk decides. */
import { createTheme, MantineProvider } from "@mantine/core";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect } from "react";
import { useOnePlatform } from "./api/profile";
import { useDeskChanges, useStatus } from "./api/status";
import { ProblemState } from "./components/Problem";
import { usePreferences } from "./components/preferences";
import { SetupPage } from "./pages/setup/SetupPage";
import { SignInPage } from "./pages/sign-in/SignInPage";
import { onKeyDown } from "./palette/actions";
import { router } from "./router";
import { Toast } from "./ui/Toast";

const theme = createTheme({
  fontFamily: "var(--font-ui)",
  fontFamilyMonospace: "var(--font-mono)",
  defaultRadius: 6,
  cursorType: "pointer",
  primaryColor: "teal",
  respectReducedMotion: true,
});

export function App() {
  const { theme: scheme } = usePreferences();
  useDeskChanges();
  useEffect(() => {
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  return (
    <MantineProvider theme={theme} forceColorScheme={scheme}>
      <Screen />
      <Toast />
    </MantineProvider>
  );
}

function Screen() {
  const { data: status, error } = useStatus();
  useOnePlatform(status?.profile?.id);
  const phase = status?.phase;
  useEffect(() => {
    // What was open of a platform that was taken off is no place to come back to.
    if (phase === "setup") void router.navigate({ to: "/overview" });
  }, [phase]);
  if (error && !status) return <ProblemState failure={error} />;
  if (!status) return null;
  switch (status.phase) {
    case "setup":
      return <SetupPage />;
    case "signed_out":
      return <SignInPage status={status} />;
    case "ready":
      // Nothing that was drawn of one platform is left when another is shown.
      return <RouterProvider key={status.profile?.id} router={router} />;
  }
}
