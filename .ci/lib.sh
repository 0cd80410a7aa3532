# shellcheck shell=bash
# What the scripts of the gate share. Sourced, never run.

# One sentence: what is wrong and what to do.
die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# The cells of a `a | b | c` table, one row a line, cells separated by a tab; comments left out.
rows() {
    sed -e '/^[[:space:]]*#/d' -e '/^[[:space:]]*$/d' -e 's/[[:space:]]*|[[:space:]]*/|/g' "$1"
}

# True when the folder can be made and written.
writable() {
    mkdir -p "$1" 2>/dev/null && [ -w "$1" ]
}

# Where tools and compiled code are kept between checkouts. It only saves time: where the usual place
# cannot be written, the checkout's own target folder serves. xtask/src/tools.rs looks in the same two.
cache_dir() {
    local usual=${SAWLOG_CACHE:-}
    [ -n "$usual" ] || [ -z "${XDG_CACHE_HOME:-}" ] || usual=$XDG_CACHE_HOME/sawlog
    [ -n "$usual" ] || [ -z "${HOME:-}" ] || usual=$HOME/.cache/sawlog
    if [ -n "$usual" ] && writable "$usual"; then
        printf '%s\n' "$usual"
    else
        printf '%s\n' "${CARGO_TARGET_DIR:-$PWD/target}/cache"
    fi
}
