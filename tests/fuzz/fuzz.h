/* What every fuzz target uses: a check that ends the process, exact copies, and parts taken off the input. */
#ifndef TAILRACE_TESTS_FUZZ_FUZZ_H
#define TAILRACE_TESTS_FUZZ_FUZZ_H

#include "base/buffer.h"
#include "base/memory.h"

/* What libFuzzer calls with each input. Always returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that must hold whatever the input. Unlike assert it is there in every build. */
#define fuzz_check(property) ((property) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #property))
_Noreturn void fuzz_fail(const char *file, int line, const char *property);

/* A copy on the heap with nothing behind it, so that AddressSanitizer sees a read one byte too far. autofree. */
char *fuzz_exact(struct bytes bytes);

/* The same with a NUL behind, for what takes text; cut at the first NUL that the bytes hold. */
char *fuzz_text(struct bytes bytes);

/* Both none, or both there and equal. */
bool fuzz_same(struct bytes a, struct bytes b);

/* The bytes lie within the text, as the values that a parser gives back do. */
bool fuzz_within(struct bytes part, struct bytes text);

/* The input, from front to back. Behind its end there are zeros and empty runs. */
struct fuzz_input {
    struct bytes left; /* never none */
};

struct fuzz_input fuzz_input_of(const uint8_t *data, size_t size);
uint8_t fuzz_u8(struct fuzz_input *input);
uint64_t fuzz_number(struct fuzz_input *input); /* its length in bytes comes first: small and large alike */
uint64_t fuzz_below(struct fuzz_input *input, uint64_t bound);
struct bytes fuzz_run(struct fuzz_input *input);       /* two bytes say how long it is */
struct bytes fuzz_maybe_run(struct fuzz_input *input); /* the same, or none */
struct bytes fuzz_line(struct fuzz_input *input);      /* up to an LF; none when nothing is left */

#endif
