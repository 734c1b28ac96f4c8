# shellcheck shell=sh
# ./dev fuzz. Part of ./dev, which reads this file.

fuzz_seconds=20
fuzz_seconds_long=600

# fuzz [--long | --minimise] [TARGET…]
command_fuzz() {
    fuzz_how="--seconds $fuzz_seconds"
    case ${1:-} in
    --long) fuzz_how="--seconds $fuzz_seconds_long" ;;
    --minimise) fuzz_how=--minimise ;;
    esac
    case ${1:-} in
    --*) shift ;;
    esac
    # shellcheck disable=SC2046
    install_packages $(packages_of_build fuzz)
    compile fuzz
    for target in "$@"; do
        set -- "$@" --target "$target"
        shift
    done
    # shellcheck disable=SC2086
    exec python3 "$root/tests/fuzz/run.py" --build "$build/fuzz" --jobs 2 $fuzz_how "$@"
}
