# shellcheck shell=sh
# ./dev test: runs stages, bounds each in time, counts and tells. Part of ./dev, which reads this file.

# Most steps leave one of two cores idle, so they are run in two lanes. Both go through the same functions and number the
# steps alike; a step is run by the lane that comes to it first.
lanes='one other'
rows=$build/logs/steps # of each step a folder, which is the claim to it, and a file with its line of the table
phase=''
lane_jobs=''
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

# record PLACE NAME SECONDS PASSED FAILED: PLACE is where the line stands among the others.
record() {
    place=$1
    shift
    printf '%-26s %5d s %6d passed %5d failed\n' "$@" >"$rows/$place.row"
}

# The table so far, and what its lines add up to.
table() { find "$rows" -name '*.row' | sort | xargs -r cat; }

totals() { table | awk '{ passed += $(NF - 3); failed += $(NF - 1) } END { printf "%d passed, %d failed\n", passed, failed }'; }

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

# Whether the next step of this phase is this lane's: it is nobody else's yet.
claim() {
    step_number=$((step_number + 1))
    place=$phase-$(printf '%03d' "$step_number")
    mkdir "$rows/$place" 2>/dev/null && return 0
    [ -d "$rows/$place" ] || die "cannot make $rows/$place" # else both lanes would take it for the other's
    return 1
}

# step KIND NAME SECONDS COMMAND…: a `task` counts nothing, `tests` must count results, a `check` that counts none is
# one test itself. A command that fails without saying what counts as one failure, and so do tests that are none.
step() {
    claim || return 0
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
    record "$place" "$name" $(($(date +%s) - began)) "$passed" "$failed"
    [ "$failed" -eq 0 ] || cat -- "$log" >&2
}

# lane FUNCTION ARGUMENT…: goes through the steps of the function.
lane() {
    trap 'trap - TERM; [ -z "$job" ] || { kill "$job"; wait "$job" || :; }; exit 130' TERM
    step_number=0
    "$@"
}

# in_lanes PHASE FUNCTION ARGUMENT…: all steps that the function has. A lane that breaks off is a failure.
in_lanes() {
    phase=$1
    shift
    for _ in $lanes; do
        lane "$@" &
        lane_jobs="$lane_jobs $!"
    done
    for lane_job in $lane_jobs; do
        wait "$lane_job" || record "$phase-lane-$lane_job" 'a lane broke off' 0 0 1
    done
    lane_jobs=''
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
    packages=$(of_stages stage_packages "$@" | tr ' ' '\n' | sort -u)
    # shellcheck disable=SC2086
    (install_packages $build_packages $packages) || install_failed=1
    record 0-install install $(($(date +%s) - began)) 0 "$install_failed"
}

# build_steps STAGE…: the variants that they need, and what is made besides.
build_steps() {
    wanted=$(of_stages stage_variants "$@" | tr '\n' ' ')
    for variant in $all_variants; do
        case " $wanted " in
        *" $variant "*) step task "build $variant" 900 "$root/dev" build "$variant" ;;
        esac
    done
    of_stages stage_preparation "$@"
}

# test_steps STAGE…
test_steps() {
    for stage in "$@"; do
        case $stage in
        install | build) ;;
        *) "test_$stage" ;;
        esac
    done
}

# What failed before the tests leaves nothing worth trying.
finish_if_failed() {
    case $(totals) in
    *', 0 failed') ;;
    *) finish_tests ;;
    esac
}

finish_tests() {
    printf '\n'
    table
    printf '%d s in all, in lanes side by side\n%s\n' $(($(date +%s) - test_began)) "$(totals)"
    case $(totals) in
    *', 0 failed') exit 0 ;;
    esac
    exit 1
}

stop_tests() {
    trap - INT TERM
    # The numbers must be words here.
    # shellcheck disable=SC2086
    [ -z "$lane_jobs" ] || kill $lane_jobs || :
    wait
    exit 130
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
    test_began=$(date +%s)
    rm -rf "$rows"
    mkdir -p "$rows"
    trap stop_tests INT TERM
    test_install "$@"
    finish_if_failed
    in_lanes 1-build build_steps "$@"
    finish_if_failed
    in_lanes 2-test test_steps "$@"
    finish_tests
}
