# shellcheck shell=sh
# What ./dev installs, and how: Debian's packages, as root or through sudo. Part of ./dev, which reads this file.

# libcheck is among them because meson configures the tests with the rest.
build_packages='gcc libc6-dev meson ninja-build pkgconf librocksdb-dev libmicrohttpd-dev libjansson-dev check curl'
test_packages='python3 nodejs'
browser_packages='chromium'
proxy_packages='nginx-light haproxy'
venv_packages='python3-venv'
symbol_packages='binutils'
npm_package=npm # a Node.js that is not Debian's brings its own, and cannot live with Debian's
lint_packages='python3 clang-format clang-tidy shellcheck'

system_name() {
    (
        # shellcheck source=/dev/null
        [ -r /etc/os-release ] && . /etc/os-release
        printf '%s %s' "${ID:-unknown}" "${VERSION_ID:-}"
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

# Where this script cannot install, it goes on if what it builds with is there all the same.
require_tools() {
    lacking=''
    for tool in cc meson ninja pkg-config; do
        command -v "$tool" >/dev/null || lacking="$lacking $tool"
    done
    for library in libmicrohttpd jansson check; do
        pkg-config --exists "$library" 2>/dev/null || lacking="$lacking $library"
    done
    [ -z "$lacking" ] || die "this system lacks$lacking, and packages are installed on Debian 12 and 13 only." \
        "Please install what it calls these (Debian's names): $*"
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
    case $(system_name) in
    'debian 12' | 'debian 13') ;;
    *)
        require_tools "$@"
        return
        ;;
    esac
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    can_be_root || die "please run this as root, then ./dev again:" \
        "apt-get update && apt-get install -y --no-install-recommends$missing"
    say "installing$missing"
    quiet "$build/logs/apt-update.log" as_root apt-get update || say "going on without fresh lists"
    # The names must become words here.
    # shellcheck disable=SC2086
    quiet "$build/logs/apt-install.log" as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends $missing || die "apt-get install failed"
}
