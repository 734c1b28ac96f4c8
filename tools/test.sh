# shellcheck shell=sh
# ./dev test: runs stages, bounds each in time, counts and tells. Part of ./dev, which reads this file.

total_passed=0
total_failed=0
table=''
job=''

# Reads a log: libcheck's "100%: Checks: 7, Failures: 0, Errors: 0" and our own "http: 7 passed, 0 failed".
count_results() {
    awk '/^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+$/ {
             passed += $3 - $5 - $7
             failed += $5 + $7
         }
         /^[a-z]+: [0-9]+ passed, [0-9]+ failed$/ {
             passed += $2
             failed += $4
         }
         END { printf "%d %d\n", passed, failed }' "$@"
}

# record NAME SECONDS PASSED FAILED
record() {
    total_passed=$((total_passed + $3))
    total_failed=$((total_failed + $4))
    table=$table$(printf '%-26s %5d s %6d passed %5d failed' "$@")'
'
}

# limited SECONDS LOG COMMAND…: in the background, because a shell that waits in the foreground cannot pass a signal on.
limited() {
    limit=$1
    limited_log=$2
    shift 2
    status=0
    timeout -k 10 "$limit" "$@" >"$limited_log" 2>&1 </dev/null &
    job=$!
    wait "$job" || status=$?
    job=''
    [ "$status" -ne 124 ] || echo "stopped: it took longer than $limit s" >>"$limited_log"
    return "$status"
}

# step KIND NAME SECONDS COMMAND…: a `task` counts nothing, `tests` must count results, a `check` that counts none is
# one test itself. A command that fails without saying what counts as one failure, and so do tests that are none.
step() {
    kind=$1
    name=$2
    seconds=$3
    shift 3
    log=$build/logs/test-$(printf '%s' "$name" | tr ' ' '-').log
    say "testing: $name"
    began=$(date +%s)
    step_status=0
    limited "$seconds" "$log" "$@" || step_status=$?
    results=$(count_results "$log")
    passed=${results% *}
    failed=${results#* }
    case $kind:$((passed + failed)) in
    tests:0) step_status=1 ;;
    check:0) [ "$step_status" -ne 0 ] || passed=1 ;;
    esac
    [ "$step_status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
    record "$name" $(($(date +%s) - began)) "$passed" "$failed"
    [ "$failed" -eq 0 ] && return
    cat -- "$log" >&2
    return 1
}

# of_stages FUNCTION STAGE…: what the function says of each.
of_stages() {
    of_function=$1
    shift
    for of_stage in "$@"; do
        "$of_function" "$of_stage"
    done
}

# test_install STAGE…
test_install() {
    began=$(date +%s)
    install_failed=0
    # shellcheck disable=SC2046,SC2086
    (install_packages $build_packages $(of_stages stage_packages "$@")) || install_failed=1
    record install $(($(date +%s) - began)) 0 "$install_failed"
    [ "$install_failed" -eq 0 ] || finish_tests
}

# test_build STAGE…: the variants that they need; without a build nothing else is worth trying.
test_build() {
    wanted=$(of_stages stage_variants "$@" | tr '\n' ' ')
    for variant in $all_variants; do
        case " $wanted " in
        *" $variant "*) step task "build $variant" 900 "$root/dev" build "$variant" || finish_tests ;;
        esac
    done
}

finish_tests() {
    printf '\n%s\n%d passed, %d failed\n' "$table" "$total_passed" "$total_failed"
    [ "$total_failed" -eq 0 ] || exit 1
    exit 0
}

command_test() {
    for stage in "$@"; do
        case " $all_stages " in
        *" $stage "*) ;;
        *) die "there is no stage \"$stage\"; there are: $all_stages" ;;
        esac
    done
    # shellcheck disable=SC2086
    [ $# -gt 0 ] || set -- $all_stages
    mkdir -p "$build/logs"
    trap 'trap - INT TERM; [ -z "$job" ] || kill "$job"; exit 130' INT TERM
    test_install "$@"
    test_build "$@"
    for stage in "$@"; do
        case $stage in
        install | build) ;;
        *) "test_$stage" ;;
        esac
    done
    finish_tests
}
