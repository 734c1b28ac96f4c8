# shellcheck shell=sh
# What ./dev installs, and how: packages of Debian, or of a system that calls itself like Debian, as root or through sudo.
# Part of ./dev, which reads this file.

build_packages='gcc libc6-dev meson ninja-build pkgconf librocksdb-dev libmicrohttpd-dev libjansson-dev zlib1g-dev libzstd-dev'
quick_packages='check curl python3'
browser_packages="chromium nodejs" # and npm, see below
proxy_packages='nginx-light haproxy'
node_packages='nodejs'
venv_packages='python3-venv'
symbol_packages='binutils'
image_packages='buildah crun mmdebstrap ca-certificates'
fuzz_packages='clang libclang-rt-dev'
lint_packages='python3 clang-format clang-tidy shellcheck'

# A Node.js that is not Debian's brings an npm of its own, which cannot live with Debian's.
command -v npm >/dev/null || browser_packages="$browser_packages npm"

# What meson calls the libraries whose versions it checks, and what Debian calls them.
library_packages='jansson libjansson-dev
libmicrohttpd libmicrohttpd-dev
rocksdb librocksdb-dev
zlib zlib1g-dev
libzstd libzstd-dev
check check'

os_release=${TAILRACE_OS_RELEASE:-/etc/os-release} # the tests have some of their own

packages_of_build() {
    echo "$build_packages"
    case $1 in
    release) ;;
    fuzz) echo "$fuzz_packages check" ;;
    *) echo check ;;
    esac
}

# Whether packages come from apt, as they do on Debian, Ubuntu and others that name either in ID_LIKE.
is_like_debian() {
    (
        # shellcheck source=/dev/null
        [ -r "$os_release" ] && . "$os_release"
        case " ${ID:-} ${ID_LIKE:-} " in
        *' debian '*) command -v apt-get >/dev/null ;;
        *) false ;;
        esac
    )
}

system_name() {
    (
        # shellcheck source=/dev/null
        [ -r "$os_release" ] && . "$os_release"
        printf '%s' "${PRETTY_NAME:-this system}"
    )
}

missing_packages() {
    for package in "$@"; do
        case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
        installed*) ;;
        *) printf ' %s' "$package" ;;
        esac
    done
}

# The version of a package that is installed, or else would be.
version_of() {
    there=$(dpkg-query -W -f '${db:Status-Status} ${Version}' "$1" 2>/dev/null) || there=''
    case $there in
    installed\ *) echo "${there#installed }" ;;
    *) apt-cache policy "$1" | sed -n 's/^  Candidate: //p' ;;
    esac
}

# A line "package version" for each that meson wants no older than that.
wanted_versions() {
    sed -n "s/^ *meson_version: '>=\([0-9.]*\)',$/meson \1/p" "$root/meson.build"
    printf '%s\n' "$library_packages" | while read -r library package; do
        sed -n "s/.*dependency('$library', version: '>=\([0-9.]*\)'.*/$package \1/p" "$root/meson.build" "$root/tests/meson.build"
    done
}

# require_versions PACKAGE…: before meson would stop at one of them with less to go by.
require_versions() {
    wanted_versions | while read -r package wanted; do
        case " $* " in
        *" $package "*) ;;
        *) continue ;;
        esac
        found=$(version_of "$package")
        case $found in
        '' | '(none)') die "$(system_name) has no package $package; Tailrace needs $package $wanted or newer" ;;
        esac
        dpkg --compare-versions "${found#*:}" ge "$wanted" ||
            die "$(system_name) has $package $found; Tailrace needs $package $wanted or newer" \
                "(Debian 12 and 13 and Ubuntu 24.04 have it)"
    done
}

# Where this script cannot install, it goes on if what it builds with is there all the same.
require_tools() {
    lacking=''
    for tool in cc meson ninja pkg-config; do
        command -v "$tool" >/dev/null || lacking="$lacking $tool"
    done
    for library in libmicrohttpd jansson zlib libzstd; do
        pkg-config --exists "$library" 2>/dev/null || lacking="$lacking $library"
    done
    [ -z "$lacking" ] || die "$(system_name) lacks$lacking, and packages are installed only where apt has them" \
        "(Debian, Ubuntu). Install what this system calls these, by their names in Debian: $*"
}

# The word that makes a command one of root's: none, or sudo, which asks for a password only where someone can give it.
root_word() {
    if [ "$(id -u)" -eq 0 ]; then
        :
    elif [ -t 0 ] && [ -t 2 ]; then
        echo sudo
    else
        echo 'sudo -n'
    fi
}

# as_root COMMAND…
# shellcheck disable=SC2046
as_root() { $(root_word) "$@"; }

can_be_root() {
    [ "$(id -u)" -eq 0 ] && return 0
    command -v sudo >/dev/null || return 1
    if [ -t 0 ] && [ -t 2 ]; then
        sudo -v
    else
        sudo -n true 2>/dev/null
    fi
}

install_packages() {
    if ! is_like_debian; then
        require_tools "$@"
        return
    fi
    missing=$(missing_packages "$@")
    if [ -z "$missing" ]; then
        require_versions "$@"
        return
    fi
    can_be_root || die "please run this as root, then ./dev again:" \
        "apt-get update && apt-get install -y --no-install-recommends$missing"
    require_own logs
    say "installing$missing"
    quiet "$build/logs/apt-update.log" as_root apt-get update || say "going on without fresh lists"
    require_versions "$@"
    # The names must become words here.
    # shellcheck disable=SC2086
    quiet "$build/logs/apt-install.log" as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends $missing || die "apt-get install failed"
}
