# shellcheck shell=sh disable=SC2154 # $root and $build are ./dev's
# ./dev screenshots: pictures of the page at /, in build/screenshots, and that of the README. Part of ./dev, which reads this
# file.

command_screenshots() {
    # shellcheck disable=SC2086
    install_packages $build_packages $browser_packages
    compile release
    quiet "$build/logs/browser-modules.log" browser_modules || die 'npm could not install the modules for the browser'
    node "$root/tests/browser/screenshots.js" --binary "$build/release/tailrace" --modules "$build/browser/node_modules" \
        --out "$build/screenshots"
    cp -- "$build/screenshots/screenshot.png" "$root/web/screenshot.png"
}
