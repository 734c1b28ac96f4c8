# shellcheck shell=sh
# The variants of the build, each in a folder of build/. Part of ./dev, which reads this file.

# What the tests need, and what has a command of its own.
all_variants='release debug-asan debug-tsan saboteur-early-ack saboteur-race saboteur-overflow saboteur-lenient-guard
saboteur-undocumented-status saboteur-unchecked-alloc saboteur-leaked-alloc'
other_variants='cover'

variant_options() {
    case $1 in
    release) echo '--buildtype=release -Db_lto=true' ;;
    debug-asan) echo '-Db_sanitize=address,undefined' ;;
    debug-tsan) echo '-Db_sanitize=thread' ;;
    cover) echo '-Db_coverage=true -Dc_args=-fprofile-update=atomic' ;;
    saboteur-race) echo '-Db_sanitize=thread -Dsaboteur=race' ;;
    saboteur-overflow) echo '-Db_sanitize=address,undefined -Dsaboteur=overflow' ;;
    saboteur-*) echo "--buildtype=release -Dsaboteur=${1#saboteur-}" ;;
    *) die "there is no variant \"$1\"; there are: $all_variants $other_variants" ;;
    esac
}

configure() {
    options=$(variant_options "$1")
    [ -f "$build/$1/build.ninja" ] && return
    say "configuring build/$1"
    # The options must become words here.
    # shellcheck disable=SC2086
    quiet "$build/logs/configure-$1.log" meson setup $options "$build/$1" "$root" || die "meson could not configure"
}

# compile VARIANT [TARGET…]
compile() {
    variant=$1
    shift
    configure "$variant"
    case $variant in
    saboteur-*-alloc) [ $# -gt 0 ] || set -- tests/alloc/alloc ;;
    saboteur-*) [ $# -gt 0 ] || set -- tailrace ;; # its tests are the others' tests
    esac
    quiet "$build/logs/build-$variant.log" ninja -C "$build/$variant" "$@" || die "build/$variant does not build"
}

command_run() {
    # shellcheck disable=SC2086
    install_packages $build_packages
    compile release tailrace
    exec "$build/release/tailrace" serve "$@"
}

command_build() {
    # shellcheck disable=SC2086
    install_packages $build_packages
    [ $# -gt 0 ] || set -- release
    for wanted in "$@"; do
        compile "$wanted"
    done
}
