#!/bin/sh
# usage: sh debian_root.sh CODENAME TARBALL
#
# Makes the smallest root of a Debian release (debootstrap's minbase) as a tarball, for clean rooms and for the test of
# the image. Where packages come from, and what apt needs to get there, is read from this machine when it runs. Must be
# root. A tarball that is younger than a week is kept as it is.
set -eu

codename=$1
tarball=$2
# shellcheck source=/dev/null
host_codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
fresh_days=7

say() { printf 'debian_root: %s\n' "$*" >&2; }

die() {
    say "$@"
    exit 1
}

# A line "URI SUITE COMPONENT" for every archive of Debian's that this machine uses.
host_archives() {
    # The names are apt's to fill in.
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        sed -n 's/^Debian //p' | sort -u
}

# The same archives for the wanted release: bookworm-security is to bookworm what trixie-security is to trixie.
wanted_archives() {
    host_archives | awk -v host="$host_codename" -v wanted="$codename" \
        '$2 == host || index($2, host "-") == 1 { print $1, wanted substr($2, length(host) + 1), $3 }'
}

# How apt reaches them: proxies, certificates, patience. Not what it does besides, such as hooks.
apt_settings() {
    apt-config dump | grep -E '^Acquire::(https?|Check-Date|Check-Valid-Until|ForceIPv[46]|Proxy.*|Retries)[: ]' || :
    [ ! -e "$1/etc/apt/host-ca.crt" ] || echo 'Acquire::https::CaInfo "/etc/apt/host-ca.crt";'
}

# configure_apt ROOT ARCHIVES. There are no certificates in a minimal root; apt gets this machine's, and only apt.
configure_apt() {
    sed 's/^/deb /' "$2" >"$1/etc/apt/sources.list"
    rm -f "$1/etc/apt/sources.list.d/"*
    ca_bundle=/etc/ssl/certs/ca-certificates.crt
    [ ! -r "$ca_bundle" ] || cp -- "$ca_bundle" "$1/etc/apt/host-ca.crt"
    apt_settings "$1" >"$1/etc/apt/apt.conf.d/00host"
}

make_root() {
    archives=$work/archives
    wanted_archives >"$archives"
    if [ ! -s "$archives" ]; then
        apt-get update >&2
        wanted_archives >"$archives"
    fi
    mirror=$(awk -v wanted="$codename" '$2 == wanted { print $1; exit }' "$archives")
    [ -n "$mirror" ] || die "this machine's apt knows no archive of Debian from which $codename could come"
    proxy=''
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    [ -z "$proxy" ] || export http_proxy="${http_proxy:-$proxy}"
    debootstrap --variant=minbase "$codename" "$work/root" "$mirror" >&2
    configure_apt "$work/root" "$archives"
    # Left out: packages and lists that nobody looks at again, and devices, which whoever starts a root gives it.
    rm -rf "$work/root/var/cache/apt/archives/"*.deb "$work/root/var/lib/apt/lists/"*
    tar -C "$work/root" --numeric-owner --one-file-system --exclude="./dev/*" -czf "$work/tarball" .
    mv -- "$work/tarball" "$tarball"
}

# debootstrap may leave its root with /proc mounted when it is stopped: nothing is removed through a mount.
clean_up() {
    for mounted in proc sys; do
        ! mountpoint -q "$work/root/$mounted" || umount -l "$work/root/$mounted"
    done
    rm -rf --one-file-system "$work"
}

if [ -n "$(find "$tarball" -mtime "-$fresh_days" 2>/dev/null)" ]; then
    exit 0
fi
[ "$(id -u)" -eq 0 ] || die "must be root"
mkdir -p "$(dirname -- "$tarball")"
work=$(mktemp -d "$tarball.XXXXXX")
trap clean_up EXIT
trap 'exit 130' INT TERM
make_root
