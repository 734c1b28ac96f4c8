#!/bin/sh
# usage: unshare --mount --uts --ipc --pid --fork sh enter.sh ROOM ENVIRONMENT COMMAND…
#
# Mounts in a room what a machine has, makes it the root and runs the command in it, as the first process. The file
# ENVIRONMENT has lines NAME=value; nothing else of the environment outside goes in.
set -eu

room=$1
environment=$2
shift 2

make_devices() {
    mount -t tmpfs -o nosuid,mode=755 dev dev
    for device in null:3 zero:5 full:7 random:8 urandom:9; do
        mknod -m 666 "dev/${device%:*}" c 1 "${device#*:}"
    done
    mknod -m 666 dev/tty c 5 0
    mkdir dev/pts dev/shm
    mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts dev/pts
    mount -t tmpfs -o nosuid,nodev,mode=1777 shm dev/shm
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
    ln -s /proc/self/fd/0 dev/stdin
    ln -s /proc/self/fd/1 dev/stdout
    ln -s /proc/self/fd/2 dev/stderr
}

while IFS= read -r line; do
    set -- "$line" "$@"
done <"$environment"

mount --make-rprivate /
mount --bind "$room" "$room" # pivot_root wants a mount
cd "$room"
mount -t proc -o nosuid,nodev,noexec proc proc
mount --rbind /sys sys
make_devices
cat etc/hostname >/proc/sys/kernel/hostname
# A real change of root: from within a mere chroot, browsers and container tools could not make namespaces of their own.
pivot_root . mnt
# The single quotes are for the shell in the room.
# shellcheck disable=SC2016
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    chroot . sh -c 'umount -l /mnt; exec env "$@"' room "$@"
