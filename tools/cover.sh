# shellcheck shell=sh
# ./dev cover: which lines and branches the tests run. Part of ./dev, which reads this file.

cover_packages='gcovr python3'
cover_suites='unit,contract,alloc,api,stop,live,load'

command_cover() {
    # shellcheck disable=SC2086,SC2046
    install_packages $(packages_of_build cover) $quick_packages $cover_packages
    compile cover
    find "$build/cover" -name '*.gcda' -exec rm -f {} +
    python3 "$root/tests/run.py" --builds "$build" "cover:$cover_suites" ||
        die 'tests fail; without them coverage says nothing'
    (cd "$build/cover" && gcovr --root "$root" --object-directory . --json-summary "$build/cover/summary.json" \
        --filter "$root/api/" --filter "$root/gateway/" --filter "$root/storage/" --filter "$root/base/" \
        >"$build/logs/cover-gcovr.log" 2>&1) || die "gcovr failed; see build/logs/cover-gcovr.log"
    python3 "$root/tests/cover/report.py" "$build/cover/summary.json"
}
