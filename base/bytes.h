/* A borrowed run of bytes. `data == NULL` means that it is absent, which is not the same as empty. */
#ifndef TAILRACE_BASE_BYTES_H
#define TAILRACE_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct bytes {
    const char *data;
    size_t size;
};

#define BYTES_NONE ((struct bytes){ .data = NULL, .size = 0 })
#define BYTES_LITERAL(text) ((struct bytes){ .data = (text), .size = sizeof(text) - 1 })

static inline struct bytes bytes_text(const char *text) {
    return (struct bytes){ .data = text, .size = text != NULL ? strlen(text) : 0 };
}

static inline bool bytes_present(struct bytes bytes) { return bytes.data != NULL; }

static inline bool bytes_equal(struct bytes a, struct bytes b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* The same without regard to the case of ASCII letters, for names of the protocol: headers, media types, hosts. */
static inline bool bytes_equal_fold(struct bytes a, struct bytes b) {
    return a.size == b.size && (a.size == 0 || strncasecmp(a.data, b.data, a.size) == 0);
}

static inline bool bytes_equal_fold_text(struct bytes bytes, const char *text) {
    return bytes_equal_fold(bytes, bytes_text(text));
}

static inline bool bytes_begin_fold(struct bytes text, struct bytes beginning) {
    return text.size >= beginning.size && strncasecmp(text.data, beginning.data, beginning.size) == 0;
}

/* Cuts the part before the first `separator` off the front of `rest`, and the separator with it. Without one, cuts
 * all. */
static inline struct bytes bytes_cut(struct bytes *rest, char separator) {
    const char *found = rest->size > 0 ? memchr(rest->data, separator, rest->size) : NULL;
    struct bytes part = { rest->data, found != NULL ? (size_t)(found - rest->data) : rest->size };
    size_t used = found != NULL ? part.size + 1 : part.size;
    *rest = (struct bytes){ rest->data + used, rest->size - used };
    return part;
}

/* Without spaces and tabs around it. */
static inline struct bytes bytes_trim(struct bytes text) {
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = (struct bytes){ text.data + 1, text.size - 1 };
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
        text.size--;
    return text;
}

/* Copies into `to`, which has one byte more or is NULL, with a NUL byte behind. Gives `to`. */
static inline char *bytes_copy_text(char *to, struct bytes from) {
    if (to == NULL)
        return NULL;
    if (from.size > 0)
        memcpy(to, from.data, from.size);
    to[from.size] = '\0';
    return to;
}

#endif
