/* Random numbers that spread things in time: not for secrets. Any thread. */
#ifndef TAILRACE_BASE_RANDOM_H
#define TAILRACE_BASE_RANDOM_H

/* From min to max, both included; min <= max. */
unsigned random_between(unsigned min, unsigned max);

#endif
