# shellcheck shell=sh
# ./dev lint and ./dev fmt. Part of ./dev, which reads this file.

# with_c_files COMMAND…: the files of the project are its arguments.
with_c_files() {
    find "$root" \( -path "$build" -o -path "$root/.git" \) -prune -o -name '*.[ch]' -exec "$@" {} +
}

command_fmt() {
    # shellcheck disable=SC2086
    install_packages $lint_packages
    with_c_files clang-format -i
}

command_lint() {
    # shellcheck disable=SC2046,SC2086
    install_packages $(packages_of_build debug-asan) $lint_packages
    compile release
    configure debug-asan # clang does not know all flags of the release
    failures=''
    with_c_files clang-format --dry-run -Werror || failures="$failures clang-format"
    find "$root/api" "$root/gateway" "$root/storage" "$root/base" -name '*.c' -print0 |
        xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet -p "$build/debug-asan" 2>/dev/null || failures="$failures clang-tidy"
    (cd "$root" && shellcheck -x dev .ci/run tools/cleanroom/*.sh) || failures="$failures shellcheck"
    python3 "$root/tests/structure/run.py" --binary "$build/release/tailrace" || failures="$failures structure"
    [ -z "$failures" ] || die "not clean:$failures"
}
