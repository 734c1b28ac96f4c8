# shellcheck shell=sh
# The stage `openapi`: the document, the binary and the server say the same, and an answer that is not documented is
# found. Part of ./dev, which reads this file.

test_openapi() {
    step tests openapi 600 python3 "$root/tests/openapi/run.py" --binary "$build/release/tailrace" \
        --environment "$build/openapi"
    step check 'openapi saboteur' 300 python3 "$root/tests/openapi/run.py" \
        --binary "$build/saboteur-undocumented-status/tailrace" --environment "$build/openapi" \
        --expect-caught 'GET /groups/{group}'
}
