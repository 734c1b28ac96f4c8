/* Random numbers, from the kernel. */
#include "base/random.h"

#include "base/clock.h"

#include <sys/random.h>

unsigned random_between(unsigned min, unsigned max) {
    unsigned random = 0;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
        random = (unsigned)clock_monotonic_us(); /* before the kernel's pool is ready */
    return min + random % (max - min + 1);
}
