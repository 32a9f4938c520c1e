# Shared by the scripts: where tools are kept, how things are said. Sourced from the project's root.

# Tools built from source outlive a clean checkout.
tools=${VIGIA_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/vigia/tools}
export PATH="$tools/bin:$PATH"

# One feature set for every build, so that running and testing share what is compiled.
build_features=(--features vigia/custom-protocol)

say() { printf '\033[1m== %s\033[0m\n' "$*"; }

die() { # die EXIT-CODE MESSAGE
  printf '%s\n' "$2" >&2
  exit "$1"
}

has_display() {
  case "$(uname -s)" in
  Linux) [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ] ;;
  *) true ;;
  esac
}

build_ui() {
  say "building the UI"
  (cd ui && npm run --silent build)
}
