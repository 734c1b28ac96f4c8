# shellcheck shell=sh
# The stages of ./dev test: what each needs and runs. Part of ./dev, which reads this file.

# Those that take long come before the others, so that no lane is left alone with one in the end.
all_stages='install build structure cleanroom unit contract smuggling alloc openapi http live image fuzz browser'
all_stages="$all_stages kill readme sanitizers"

# ThreadSanitizer of gcc 12 cannot live with the address space layout of newer kernels.
unrandomized() {
    if [ "$1" = debug-tsan ] && setarch -R true 2>/dev/null; then
        echo 'setarch -R'
    fi
}

# How much slower than the release a variant is allowed to be.
scale_of() {
    case $1 in
    debug-asan) echo 4 ;;
    cover) echo 4 ;;
    debug-tsan) echo 8 ;;
    *) echo 1 ;;
    esac
}

# What a stage needs besides the compiler, in Debian's names.
stage_packages() {
    printf '%s ' "$test_packages"
    case $1 in
    browser)
        printf '%s ' "$browser_packages"
        command -v npm >/dev/null || printf '%s ' "$npm_package"
        ;;
    http | smuggling) printf '%s ' "$proxy_packages" ;; # the log of the examples is nginx's
    openapi) printf '%s ' "$venv_packages" ;;
    sanitizers) printf '%s ' "$symbol_packages" ;;
    fuzz) printf '%s ' "$fuzz_packages" ;;
    image) printf '%s ' "$image_packages" ;;
    esac
}

# What a stage needs besides variants, as steps: its tests are of no use without.
stage_preparation() {
    case $1 in
    browser) step task 'browser modules' 300 "$root/dev" browser-modules ;;
    fuzz) step task 'build fuzz' 900 "$root/dev" fuzz --build ;;
    esac
}

# The variants that a stage runs; all need the release, whose program tells what it is.
stage_variants() {
    case $1 in
    build) echo "$all_variants" ;;
    unit | contract | http | live) echo 'release debug-asan debug-tsan' ;;
    alloc) echo 'release debug-asan saboteur-unchecked-alloc saboteur-leaked-alloc' ;;
    openapi) echo 'release saboteur-undocumented-status' ;;
    smuggling) echo 'release debug-asan debug-tsan saboteur-lenient-guard' ;;
    kill) echo 'release saboteur-early-ack' ;;
    sanitizers) echo 'release debug-asan debug-tsan saboteur-race saboteur-overflow' ;;
    *) echo release ;;
    esac
}

test_structure() {
    step tests structure 60 python3 "$root/tests/structure/run.py" --binary "$build/release/tailrace"
    step tests steps 120 python3 "$root/tests/dev/test_steps.py"
    step tests 'cover report' 60 python3 "$root/tests/cover/test_report.py"
}

# watched_step KIND NAME SECONDS COMMAND…: as step; a sanitizer's report in any process below the command fails it too.
# tests/sanitizers/reports.py has the options of the sanitizers; tests/http/run.py looks for reports by itself.
watched_step() {
    watched_kind=$1
    watched_name=$2
    watched_seconds=$3
    shift 3
    step "$watched_kind" "$watched_name" "$watched_seconds" python3 "$root/tests/sanitizers/watch.py" -- "$@"
}

# meson_tests SUITE FORK: in the release and under the sanitizers. FORK says whether each test is a process of its own:
# what forks itself must be, what needs the whole program in one sanitizer's sight must not.
meson_tests() {
    for variant in release debug-asan debug-tsan; do
        fork=$2
        [ "$variant" != release ] || fork=yes
        # shellcheck disable=SC2046
        watched_step tests "$1 ${variant#debug-}" 600 env CK_FORK="$fork" $(unrandomized "$variant") \
            meson test -C "$build/$variant" --no-rebuild --suite "$1" --logbase "$1" -v -t "$(scale_of "$variant")"
    done
}

test_unit() { meson_tests unit yes; }

test_contract() { meson_tests contract no; }

# http_tests STAGE VARIANT
http_tests() {
    # shellcheck disable=SC2046
    step tests "http $1 ${2#debug-}" 600 $(unrandomized "$2") python3 "$root/tests/http/run.py" \
        --binary "$build/$2/tailrace" --stage "$1" --scale "$(scale_of "$2")"
}

test_http() {
    for variant in release debug-asan debug-tsan; do
        http_tests api "$variant"
        http_tests stop "$variant"
    done
    http_tests bulk release
}

# Ambiguous requests, straight, behind nginx and behind HAProxy.
test_smuggling() {
    for variant in release debug-asan debug-tsan; do
        http_tests smuggling "$variant"
    done
    step tests 'smuggling saboteur' 120 python3 "$root/tests/http/caught.py" \
        --binary "$build/saboteur-lenient-guard/tailrace" --module test_smuggling --cases two_lengths \
        --says 'the hidden request ran'
}

# A minute of the release's time is for the slow readers of the program's own limits.
test_live() {
    for variant in release debug-asan debug-tsan; do
        http_tests live "$variant"
    done
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

test_browser() {
    step tests browser 300 node "$root/tests/browser/run.js" --binary "$build/release/tailrace" \
        --modules "$build/browser/node_modules"
}

test_kill() {
    step check kill 600 python3 "$root/tests/http/kill.py" --binary "$build/release/tailrace" --rounds 40
    step check 'kill saboteur' 300 python3 "$root/tests/http/kill.py" \
        --binary "$build/saboteur-early-ack/tailrace" --rounds 40 --expect-caught
}

test_readme() { http_tests readme release; }
