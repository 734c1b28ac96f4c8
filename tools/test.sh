# shellcheck shell=sh disable=SC2154 # $root and $build are ./dev's
# ./dev test: which builds the tests need and what they run there. Part of ./dev, which reads this file. What the tests are
# stands in the meson.build files below tests/; tests/run.py runs them and adds up.

http_stages='api stop live readme load smuggling bulk examples scale'
all_stages="structure unit contract $http_stages kill alloc sanitizers openapi fuzz browser proxies clients image"

# The builds in which a stage has tests.
builds_of_stage() {
    case $1 in
    unit | contract | api | stop | live | load | smuggling | sanitizers) echo test debug-asan debug-tsan ;;
    alloc) echo test debug-asan ;;
    fuzz) echo fuzz ;;
    *) echo test ;;
    esac
}

packages_of_stage() {
    case $1 in
    browser) echo "$browser_packages" ;;
    proxies) echo "$browser_packages $proxy_packages caddy openssl" ;;
    examples | smuggling) echo "$proxy_packages $node_packages" ;;
    openapi | clients) echo "$venv_packages" ;;
    sanitizers) echo "$symbol_packages" ;;
    image) echo "$image_packages" ;;
    esac
}

# npm's modules for the browser, in build/ like all that is not ours; locked by tests/browser/package-lock.json.
browser_modules() {
    modules=$build/browser
    mkdir -p "$modules"
    if cmp -s "$root/tests/browser/package-lock.json" "$modules/installed.json"; then
        return
    fi
    cp "$root/tests/browser/package.json" "$root/tests/browser/package-lock.json" "$modules/"
    npm ci --prefix "$modules" --no-audit --no-fund --ignore-scripts
    cp "$root/tests/browser/package-lock.json" "$modules/installed.json"
}

# What cannot be had fails nothing here: the tests that want it say so.
prepare_stage() {
    case $1 in
    browser | proxies) quiet "$build/logs/browser-modules.log" browser_modules || say 'npm could not install the modules for the browser' ;;
    esac
}

# of_each FUNCTION WORD…: what the function says of each.
of_each() {
    of_function=$1
    shift
    for of_word in "$@"; do
        "$of_function" "$of_word"
    done
}

# each_build NAME…: each once, those that take long first.
each_build() {
    for each_build in $all_builds; do
        case " $* " in
        *" $each_build "*) echo "$each_build" ;;
        esac
    done
}

# The builds that the stages have tests in. The names must be words here.
# shellcheck disable=SC2046
builds_of_stages() { each_build $(of_each builds_of_stage "$@"); }

# Two at a time: configuring uses one processor, and so does linking.
compile_all() {
    say "building $(printf '%s' "$*" | tr '\n' ' '), which takes some minutes the first time; logs are in build/logs"
    printf '%s\n' "$@" | xargs -P 2 -n 1 "$root/dev" build || die 'the tests do not build'
}

# run_tests BUILD:SUITES…
run_tests() { exec python3 "$root/tests/run.py" --builds "$build" "$@"; }

test_quick() {
    # shellcheck disable=SC2086
    install_packages $build_packages $quick_packages
    say 'building the server and its quick tests; then some 50 tests run for about a minute'
    compile test
    run_tests test:quick
}

# prepare STAGE…: what they need, and no more than once.
prepare() {
    install_for "$@"
    # shellcheck disable=SC2046
    compile_all $(builds_of_stages "$@")
    of_each prepare_stage "$@"
}

# All builds but that of the quick tests have nothing that is quick.
test_beyond() {
    # shellcheck disable=SC2086
    prepare $all_stages
    # shellcheck disable=SC2046,SC2086
    run_tests --last test:scale "test:$1" $(builds_of_stages $all_stages | grep -v -x test)
}

install_for() {
    # shellcheck disable=SC2046,SC2086
    install_packages $build_packages $quick_packages $(of_each packages_of_stage "$@") \
        $(of_each packages_of_build $(builds_of_stages "$@"))
}

# A run for each build: those of the stages that have tests in it.
runs_of_stages() {
    for run_build in $(builds_of_stages "$@"); do
        run_suites=''
        for run_stage in "$@"; do
            case " $(builds_of_stage "$run_stage") " in
            *" $run_build "*) run_suites="$run_suites,$run_stage" ;;
            esac
        done
        echo "$run_build:${run_suites#,}"
    done
}

# shellcheck disable=SC2046 # the names are words
test_stages() {
    for stage in "$@"; do
        case " $all_stages " in
        *" $stage "*) ;;
        *) die "there is no stage \"$stage\"; there are: http (all of tests/http) $all_stages" ;;
        esac
    done
    prepare "$@"
    case " $* " in
    *' scale '*) set -- --last test:scale $(runs_of_stages $(printf '%s\n' "$@" | grep -v -x scale)) ;;
    *) set -- $(runs_of_stages "$@") ;;
    esac
    run_tests "$@"
}

command_test() {
    case ${1:-quick} in
    quick) test_quick ;;
    more) test_beyond more ;;
    all) test_beyond quick,more ;;
    *)
        # shellcheck disable=SC2046
        test_stages $(printf '%s\n' "$@" | sed "s/^http$/$http_stages/")
        ;;
    esac
}
