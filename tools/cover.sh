# shellcheck shell=sh
# ./dev cover: which lines and branches the tests run. Part of ./dev, which reads this file.

cover_packages='gcovr python3'
cover_stages='unit contract alloc api stop live'

# cover_run STAGE: on the build that counts. What the tests say of it is `./dev test`'s matter; here it must only pass.
cover_run() {
    say "running: $1"
    case $1 in
    unit | contract)
        quiet "$build/logs/cover-$1.log" env CK_FORK=yes \
            meson test -C "$build/cover" --no-rebuild --suite "$1" -t "$(scale_of cover)"
        ;;
    alloc) quiet "$build/logs/cover-$1.log" "$build/cover/tests/alloc/alloc" ;;
    *)
        quiet "$build/logs/cover-$1.log" python3 "$root/tests/http/run.py" \
            --binary "$build/cover/tailrace" --stage "$1" --scale "$(scale_of cover)"
        ;;
    esac || die "the tests of \"$1\" fail; without them coverage says nothing"
}

command_cover() {
    # shellcheck disable=SC2086
    install_packages $build_packages $(of_stages stage_packages http) $cover_packages
    compile cover
    find "$build/cover" -name '*.gcda' -exec rm -f {} +
    for stage in $cover_stages; do
        cover_run "$stage"
    done
    (cd "$build/cover" && gcovr --root "$root" --object-directory . --json-summary "$build/cover/summary.json" \
        --filter "$root/api/" --filter "$root/gateway/" --filter "$root/storage/" --filter "$root/base/" \
        >"$build/logs/cover-gcovr.log" 2>&1) || die "gcovr failed; see build/logs/cover-gcovr.log"
    python3 "$root/tests/cover/report.py" "$build/cover/summary.json"
}
