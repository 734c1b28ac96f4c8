# shellcheck shell=sh disable=SC2034,SC2154 # ./dev installs the packages and sets $root
# The stage that builds the image from its Dockerfile and tests it. Part of ./dev, which reads this file.

# What the stage needs; the same names on Debian 12 and 13.
image_packages='buildah crun debootstrap ca-certificates'

# It mounts and changes accounts. What `step` runs cannot be a function, such as as_root, so the word is put in front.
test_image() {
    sudo_word=''
    [ "$(id -u)" -eq 0 ] || sudo_word='sudo -n'
    # shellcheck disable=SC2086
    step tests image 1200 $sudo_word python3 "$root/tests/image/run.py"
}
