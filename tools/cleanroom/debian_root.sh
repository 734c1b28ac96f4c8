#!/bin/sh
# usage: sh debian_root.sh CODENAME TARBALL
#
# Makes the smallest root of a Debian release (mmdebstrap's minbase) as a tarball, for clean rooms and for the test of
# the image. Where packages come from, and what apt needs to get there, is read from this machine when it runs. Must be
# root. A tarball that is younger than a week is kept as it is.
set -eu

codename=$1
tarball=$2
# shellcheck source=/dev/null
host_codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
fresh_days=7
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

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
}

# What /etc/apt of the finished root gets, in $work/apt. There are no certificates in a minimal root; apt gets this
# machine's, and only apt.
write_settings() {
    mkdir -p "$work/apt/apt.conf.d"
    apt_settings >"$work/settings"
    cp -- "$work/settings" "$work/apt/apt.conf.d/00host"
    ca_bundle=/etc/ssl/certs/ca-certificates.crt
    [ -r "$ca_bundle" ] || return 0
    cp -- "$ca_bundle" "$work/apt/host-ca.crt"
    echo 'Acquire::https::CaInfo "/etc/apt/host-ca.crt";' >>"$work/apt/apt.conf.d/00host"
}

# Debian's own keys must have signed all that is installed, whatever else this machine trusts.
write_sources() {
    wanted_archives >"$work/archives"
    if [ ! -s "$work/archives" ]; then
        apt-get update >&2
        wanted_archives >"$work/archives"
    fi
    [ -s "$work/archives" ] || die "this machine's apt knows no archive of Debian from which $codename could come"
    sed "s|^|deb [signed-by=$keyring] |" "$work/archives" >"$work/debian.list"
}

# What mmdebstrap mounts is gone with it, however it ends: nothing is removed through a mount. Of /dev only the folder is
# kept: whoever starts a root gives it devices. dpkg need not wait for the disk here, but in the finished root. In hooks,
# $1 is the root.
# shellcheck disable=SC2016
make_root() {
    write_settings
    write_sources
    cd "$work"
    TMPDIR=$work unshare --mount mmdebstrap --variant=minbase --mode=root \
        --skip=output/dev --dpkgopt=force-unsafe-io \
        --setup-hook='install -D -m 0644 settings "$1/etc/apt/apt.conf.d/00host"' \
        --customize-hook='rm "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap" && cp -R apt "$1/etc/"' \
        "$codename" root.tar debian.list >&2
    install -d -m 0755 empty/dev
    tar -C empty --numeric-owner -rf root.tar ./dev
    mv -- root.tar "$tarball"
}

if [ -n "$(find "$tarball" -mtime "-$fresh_days" 2>/dev/null)" ]; then
    exit 0
fi
[ "$(id -u)" -eq 0 ] || die "must be root"
mkdir -p "$(dirname -- "$tarball")"
tarball=$(realpath -- "$tarball")
work=$(mktemp -d "$tarball.XXXXXX")
trap 'cd / && rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT TERM
chmod 755 "$work" # apt fetches as a user of its own
make_root
