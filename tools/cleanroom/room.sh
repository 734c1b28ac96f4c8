#!/bin/sh
# usage: sh room.sh PLACE TARBALL CODENAME RELEASE WORD…
#
# Lays out a clean room in PLACE/root, runs inside.sh in it as if it were a machine of its own, brings PLACE/report.txt
# and PLACE/logs out, and removes the room whatever became of it. PLACE/supplies is what goes in. Must be root.
set -eu

place=$1
tarball=$2
codename=$3
release=$4
shift 4
programs=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
room=$place/root
room_seconds=6600
job=''

# All that is mounted for the room lives in a mount namespace of its own and is gone with it. Should something be
# mounted below the room all the same, it is not this script that removes it.
remove_room() {
    if grep -q " ${room}[/ ]" /proc/self/mountinfo; then
        echo "room: something is mounted below $room; it stays" >&2
        return 1
    fi
    rm -rf --one-file-system "$room"
}

# Called by the trap below. The room dies with the process that unshare leaves outside of it.
# shellcheck disable=SC2317
clean_up() {
    [ -z "$job" ] || kill "$job" 2>/dev/null || :
    [ -z "$job" ] || wait "$job" || :
    remove_room
}

# Names are found as this machine finds them; certificates that it was given by hand are given to the room too.
furnish() {
    cp -L -- /etc/resolv.conf "$room/etc/resolv.conf"
    { cat /etc/hosts; echo '127.0.1.1 cleanroom'; } >"$room/etc/hosts"
    echo cleanroom >"$room/etc/hostname"
    mkdir -p "$room/cleanroom" "$room/usr/local/share/ca-certificates"
    find /usr/local/share/ca-certificates -name '*.crt' -exec cp -- {} "$room/usr/local/share/ca-certificates/" \;
    cp -R -- "$place/supplies/source.git" "$programs/inside.sh" "$room/cleanroom/"
    cp -- "$place/supplies/npmrc" "$room/root/.npmrc"
    cp -- "$place/supplies/pip.conf" "$room/etc/pip.conf"
    chown -R root:root "$room/cleanroom" "$room/root/.npmrc" "$room/etc/pip.conf"
    # A file that the environment names (a bundle of certificates) has to be there.
    while IFS='=' read -r _ value; do
        case $value in
        /*) [ ! -f "$value" ] || install -D -m 0644 -- "$value" "$room$value" ;;
        esac
    done <"$place/supplies/environment"
}

# bring_out NAME FROM
bring_out() {
    [ -e "$2" ] || return 0
    cp -R -- "$2" "$place/$1"
    chown -R --reference="$place" "$place/$1"
}

[ "$(id -u)" -eq 0 ] || {
    echo 'room: must be root' >&2
    exit 1
}
sh "$programs/debian_root.sh" "$codename" "$tarball"
remove_room
rm -rf "$place/report.txt" "$place/logs"
trap clean_up EXIT
trap 'exit 130' INT TERM
mkdir -p "$room"
tar -C "$room" --numeric-owner -xf "$tarball"
furnish

status=0
timeout -k 5 "$room_seconds" unshare --mount --uts --ipc --pid --fork --kill-child \
    sh "$programs/enter.sh" "$room" "$place/supplies/environment" \
    sh /cleanroom/inside.sh "$release" "$@" &
job=$!
wait "$job" || status=$?
job=''
bring_out report.txt "$room/cleanroom/report.txt"
bring_out logs "$room/usr/local/src/tailrace/build/logs"
exit "$status"
