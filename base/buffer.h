/* A growing run of bytes. It remembers a failed allocation, and further appends do nothing, so one check at the end is
 * enough: `if (buffer.failed) return STATUS_NO_MEMORY;`. Zero-initialise it; one thread at a time. */
#ifndef TAILRACE_BASE_BUFFER_H
#define TAILRACE_BASE_BUFFER_H

#include "base/bytes.h"

#include <stdarg.h>

struct buffer {
    char *data;
    size_t size;
    size_t capacity;
    bool failed;
};

/* Makes room for `more` bytes at data + size. False, and failed: no memory. */
bool buffer_reserve(struct buffer *buffer, size_t more);
/* Makes the capacity exactly this, which is no less than the size. False, and failed: no memory. */
bool buffer_set_capacity(struct buffer *buffer, size_t capacity);
void buffer_append(struct buffer *buffer, const void *data, size_t size);
void buffer_append_bytes(struct buffer *buffer, struct bytes bytes);
void buffer_append_text(struct buffer *buffer, const char *text);
void buffer_append_u8(struct buffer *buffer, uint8_t byte);
void buffer_append_be32(struct buffer *buffer, uint32_t value);
void buffer_append_be64(struct buffer *buffer, uint64_t value);
void buffer_append_varint(struct buffer *buffer, uint64_t value); /* LEB128, see base/bits.h */
void buffer_append_decimal(struct buffer *buffer, int64_t value);
void buffer_append_udecimal(struct buffer *buffer, uint64_t value);
void buffer_printf(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));
void buffer_clear(struct buffer *buffer);  /* keeps the memory */
void buffer_finish(struct buffer *buffer); /* frees; fine when half made */

/* Hands over what `from` has, which cannot fail; what `to` had is freed, and `from` is empty. */
void buffer_move(struct buffer *to, struct buffer *from);

static inline struct bytes buffer_bytes(const struct buffer *buffer) {
    return (struct bytes){ .data = buffer->data != NULL ? buffer->data : "", .size = buffer->size };
}

#define autobuffer __attribute__((cleanup(buffer_finish)))

#endif
