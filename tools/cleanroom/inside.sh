#!/bin/sh
# usage: sh inside.sh RELEASE WORD…
#
# What someone does on a new machine: install git, clone, `./dev run`, `./dev test WORD…`. Runs as root in a room that
# room.sh laid out, and writes /cleanroom/report.txt.
set -eu

release=$1
shift
project=/usr/local/src/tailrace
report=/cleanroom/report.txt
server_log=/cleanroom/server.log
server=''

die() {
    echo "room: $*" >&2
    exit 1
}

# milliseconds since some time ago
now_ms() { echo $(($(date +%s%N) / 1000000)); }

# seconds_since MS: with a tenth
seconds_since() {
    tenths=$((($(now_ms) - $1 + 50) / 100))
    echo "$((tenths / 10)).$((tenths % 10)) s"
}

install_git() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    apt-get install -y --no-install-recommends git ca-certificates
    update-ca-certificates
}

# start LIMIT: `./dev run` in the background, until it is ready; $took says how long that took.
start() {
    began=$(now_ms)
    : >"$server_log"
    ./dev run --listen 127.0.0.1:0 >"$server_log" 2>&1 &
    server=$!
    url=''
    while [ -z "$url" ] || ! curl -fs "$url/readyz" >/dev/null; do
        kill -0 "$server" 2>/dev/null || die "./dev run ended: $(cat "$server_log")"
        [ $(($(now_ms) - began)) -lt $(($1 * 1000)) ] || die "./dev run is not ready after $1 s: $(cat "$server_log")"
        sleep 0.1
        url=$(sed -n 's/^listening //p' "$server_log")
    done
    took=$(seconds_since "$began")
}

stop() {
    kill "$server"
    wait "$server" || die "./dev run ended with $? after SIGTERM: $(cat "$server_log")"
}

field() { printf '%-20s %s\n' "$@"; }

versions() {
    field kernel "$(uname -srm), $(nproc) processors, $(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo) MiB"
    for package in gcc meson librocksdb-dev libmicrohttpd-dev libjansson-dev check nodejs npm python3 chromium clang \
        nginx haproxy buildah crun mmdebstrap; do
        version=$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null) || continue
        [ -z "$version" ] || field "$package" "$version"
    done
}

# The table and the closing line of `./dev test`.
results() {
    grep -E -e '^[a-z].* [0-9]+ s +[0-9]+ passed +[0-9]+ failed$' -e '^[0-9]+ (s in all|passed, [0-9]+ failed)$' "$1"
}

write_report() {
    {
        echo "Tailrace on a clean Debian $release, by \`./dev cleanroom $release\`"
        echo
        field commit "$(git rev-parse HEAD)"
        field date "$(date -u +%Y-%m-%dT%H:%MZ)"
        field debian "$(cat /etc/debian_version)"
        field 'first ./dev run' "$first_run"
        field 'second ./dev run' "$second_run"
        field "./dev test $*" "$test_run"
        echo
        versions
        echo
        results /cleanroom/test.log
    } >"$report.new"
    mv "$report.new" "$report"
}

install_git
git clone --quiet file:///cleanroom/source.git "$project"
cd "$project"
start 1200
first_run=$took
stop
start 60
second_run=$took
stop
rm -rf tailrace-data

began=$(now_ms)
tests=0
./dev test "$@" >/cleanroom/test.log 2>&1 </dev/null || tests=1
test_run=$(seconds_since "$began")
cat /cleanroom/test.log
write_report "$@"
exit "$tests"
