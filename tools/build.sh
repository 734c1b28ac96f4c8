# shellcheck shell=sh
# The builds, each in a folder of build/; `run` and `build`. Part of ./dev, which reads this file.

all_builds='release test debug-tsan debug-asan fuzz cover'

# What meson is told. `release` is the program as it ships, and nothing else; warnings stop only the build of our own tests.
# Under sanitizers the least optimisation saves more time in the tests than it costs in the build.
build_options() {
    case $1 in
    release) echo '--buildtype=release -Db_lto=true' ;;
    test) echo '--buildtype=release -Dtests=true -Dwerror=true' ;;
    debug-asan) echo '-Dtests=true -Doptimization=1 -Db_sanitize=address,undefined' ;;
    debug-tsan) echo '-Dtests=true -Doptimization=1 -Db_sanitize=thread' ;;
    fuzz) echo '--buildtype=debugoptimized -Dtests=true -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false' ;;
    cover) echo '-Dtests=true -Db_coverage=true -Dc_args=-fprofile-update=atomic' ;;
    esac
}

# What ninja is to make of a build that is not needed whole.
build_targets() { [ "$1" != fuzz ] || echo fuzz; }

# A folder that somebody else has left, root for example, cannot be written to; meson would say so in a page of Python.
require_own() {
    for folder in "$build" "$build/logs" "$build/$1"; do
        [ ! -e "$folder" ] || [ -w "$folder" ] ||
            die "${folder#"$root/"} belongs to $(stat -c %U "$folder"), and this user may not write to it." \
                "Remove it (it holds nothing but what ./dev makes), or run ./dev as that user."
    done
}

configure() {
    require_own "$1"
    [ -f "$build/$1/build.ninja" ] && return
    say "configuring build/$1"
    compiler=''
    [ "$1" != fuzz ] || compiler=CC=clang
    # The options must become words here.
    # shellcheck disable=SC2046,SC2086
    quiet "$build/logs/configure-$1.log" env $compiler meson setup $(build_options "$1") "$build/$1" "$root" ||
        die "meson could not configure build/$1"
}

compile() {
    case " $all_builds " in
    *" $1 "*) ;;
    *) die "there is no build \"$1\"; there are: $all_builds" ;;
    esac
    configure "$1"
    # shellcheck disable=SC2046
    quiet "$build/logs/build-$1.log" ninja -C "$build/$1" $(build_targets "$1") || die "build/$1 does not build"
}

command_run() {
    # shellcheck disable=SC2086
    install_packages $build_packages curl # a server is of no use to someone who has nothing to talk to it
    [ -x "$build/release/tailrace" ] || say 'building the server: half a minute to three minutes, the first time only'
    compile release
    exec "$build/release/tailrace" serve "$@"
}

command_build() {
    [ $# -gt 0 ] || set -- release
    # shellcheck disable=SC2046
    install_packages $(of_each packages_of_build "$@")
    for wanted in "$@"; do
        compile "$wanted"
    done
    [ "$*" != release ] || say 'the server is build/release/tailrace'
}
