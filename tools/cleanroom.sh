# shellcheck shell=sh disable=SC2154 # $root and $build are ./dev's
# ./dev cleanroom. Part of ./dev, which reads this file.

cleanroom_packages='mmdebstrap ca-certificates git python3'

# What says where packages of any kind come from, and through whom. It goes into the room and nowhere else.
cleanroom_environment() {
    env | grep -E -e '^(https?|all|no)_proxy=' -e '^(HTTPS?|ALL|NO)_PROXY=' \
        -e '^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|GIT_SSL_CAINFO)=' \
        -e '^PIP_(INDEX_URL|EXTRA_INDEX_URL|CERT|TRUSTED_HOST|PROXY|DEFAULT_TIMEOUT|RETRIES)=' \
        -e '^(npm_config|NPM_CONFIG)_(registry|cafile|proxy|https_proxy|noproxy|strict_ssl)=' || :
}

# The lines of npm's settings that say how a registry is reached; the others are this machine's taste.
cleanroom_npmrc() {
    cat /etc/npmrc /usr/etc/npmrc "$HOME/.npmrc" 2>/dev/null |
        grep -E '^[[:space:]]*(//|@[^=]*:registry|registry|ca|cafile|ca\[\]|proxy|https-proxy|noproxy|strict-ssl)' || :
}

cleanroom_pip_conf() {
    cat /etc/pip.conf "$HOME/.pip/pip.conf" "$HOME/.config/pip/pip.conf" 2>/dev/null || :
}

# cleanroom_supplies FOLDER: the last commit, and how the room gets at packages. Its owner alone may read it.
cleanroom_supplies() {
    rm -rf "$1"
    (
        umask 077
        mkdir -p "$1"
        cleanroom_environment >"$1/environment"
        cleanroom_npmrc >"$1/npmrc"
        cleanroom_pip_conf >"$1/pip.conf"
    )
    git clone --quiet --bare --depth 1 "file://$root" "$1/source.git"
    [ "$(git --git-dir "$1/source.git" rev-parse HEAD)" = "$(git -C "$root" rev-parse HEAD)" ] ||
        die "the clone is not of this HEAD"
}

# cleanroom_run RELEASE CODENAME WORD…: the words go to ./dev test
cleanroom_run() {
    release=$1
    codename=$2
    shift 2
    place=$build/cleanroom/debian-$release
    cleanroom_supplies "$place/supplies"
    say "a clean Debian $release: it installs and builds, which takes a while; see $build/logs/cleanroom-$release.log"
    log=$build/logs/cleanroom-$release.log
    mkdir -p "$build/logs"
    result=0
    job=''
    trap '[ -z "$job" ] || { kill "$job"; wait "$job" || :; }; rm -rf "$place/supplies"; exit 130' INT TERM
    # Not through as_root, since of a function in the background only the shell around it could be told to stop.
    # shellcheck disable=SC2046
    $(root_word) sh "$root/tools/cleanroom/room.sh" "$place" "$build/cache/debian-$codename.tar" "$codename" \
        "$release" "$@" >"$log" 2>&1 </dev/null &
    job=$!
    wait "$job" || result=1
    job=''
    rm -rf "$place/supplies"
    if [ "$result" -ne 0 ]; then
        tail -n 60 -- "$log" >&2
        die "Debian $release: not passed; see $log and $place"
    fi
    cat -- "$place/report.txt"
}

command_cleanroom() {
    release=${1:-}
    case $release in
    12) codename=bookworm ;;
    13) codename=trixie ;;
    *) die 'usage: ./dev cleanroom 12|13 [-- quick | more | STAGE…]' ;;
    esac
    shift
    [ "${1:-}" != -- ] || shift
    [ $# -gt 0 ] || set -- all
    # shellcheck disable=SC2086
    install_packages $cleanroom_packages
    [ -z "$(git -C "$root" status --porcelain)" ] || say 'only what is committed goes into the room'
    cleanroom_run "$release" "$codename" "$@"
}
