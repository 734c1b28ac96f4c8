/* The two clocks. Any thread. */
#ifndef TAILRACE_BASE_CLOCK_H
#define TAILRACE_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void);      /* milliseconds since the Unix epoch; may jump */
int64_t clock_monotonic_ms(void); /* never goes back; deadlines are in this one */
int64_t clock_monotonic_us(void);

#endif
