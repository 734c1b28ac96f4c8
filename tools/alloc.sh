# shellcheck shell=sh
# The stage `alloc`: every allocation fails once, and the broken builds are caught. Part of ./dev, which reads this file.

test_alloc() {
    for variant in release debug-asan; do
        watched_step tests "alloc ${variant#debug-}" 600 "$build/$variant/tests/alloc/alloc"
    done
    for saboteur in unchecked leaked; do
        step check "alloc saboteur $saboteur" 300 "$build/saboteur-$saboteur-alloc/tests/alloc/alloc" \
            --expect-caught write
    done
}
