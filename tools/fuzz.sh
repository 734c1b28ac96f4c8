# shellcheck shell=sh
# ./dev fuzz, and the stage of that name. Part of ./dev, which reads this file.

fuzz_packages='clang libclang-rt-dev python3'
fuzz_seconds=20
fuzz_seconds_long=600
fuzz_seconds_planted=60 # at most: most of them are found in one

# A variant of its own, since no other is built by clang.
build_fuzz() {
    if [ ! -f "$build/fuzz/build.ninja" ]; then
        say 'configuring build/fuzz'
        quiet "$build/logs/configure-fuzz.log" env CC=clang meson setup --buildtype=debugoptimized -Dfuzz=true \
            -Db_sanitize=address,undefined -Db_lundef=false "$build/fuzz" "$root" || die 'meson could not configure'
    fi
    quiet "$build/logs/build-fuzz.log" ninja -C "$build/fuzz" fuzz || die 'build/fuzz does not build'
}

test_fuzz() {
    step tests fuzz 600 python3 "$root/tests/fuzz/run.py" --build "$build/fuzz" --seconds "$fuzz_seconds" --jobs 2
    step tests 'fuzz planted' 600 python3 "$root/tests/fuzz/run.py" --build "$build/fuzz" \
        --seconds "$fuzz_seconds_planted" --jobs 2 --planted
}

# fuzz [--build | --long] [TARGET…]
command_fuzz() {
    fuzz_each=$fuzz_seconds
    fuzz_only=''
    case ${1:-} in
    --long)
        fuzz_each=$fuzz_seconds_long
        shift
        ;;
    --build)
        fuzz_only=build
        shift
        ;;
    esac
    # shellcheck disable=SC2086
    install_packages $build_packages $fuzz_packages
    build_fuzz
    [ -z "$fuzz_only" ] || return 0
    for target in "$@"; do
        set -- "$@" --target "$target"
        shift
    done
    exec python3 "$root/tests/fuzz/run.py" --build "$build/fuzz" --seconds "$fuzz_each" --jobs 2 "$@"
}
