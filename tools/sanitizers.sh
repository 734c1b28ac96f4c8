# shellcheck shell=sh
# The stage `sanitizers`: that reports are heard, that nothing of ours is suppressed, how much of tests/http runs under
# them, and that the broken builds are caught. Part of ./dev, which reads this file.

# saboteur_caught NAME BUILT KIND FUNCTION: a few cases of tests/http on the build saboteur-NAME must fail, by this report.
saboteur_caught() {
    # shellcheck disable=SC2046
    step check "sanitizers $1" 120 $(unrandomized "$2") python3 "$root/tests/sanitizers/watch.py" --expect "$3" "$4" -- \
        python3 "$root/tests/http/run.py" --binary "$build/saboteur-$1/tailrace" --stage api --only topics \
        --scale "$(scale_of "$2")"
}

test_sanitizers() {
    step tests sanitizers 300 python3 "$root/tests/sanitizers/run.py" --builds "$build"
    saboteur_caught race debug-tsan 'data race' connections_enter
    saboteur_caught overflow debug-asan heap-buffer-overflow decode
}
