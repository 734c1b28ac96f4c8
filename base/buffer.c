/* A growing run of bytes, doubling. */
#include "base/buffer.h"

#include "base/bits.h"
#include "base/memory.h"

#include <stdio.h>

bool buffer_set_capacity(struct buffer *buffer, size_t capacity) {
    char *data = !buffer->failed ? mem_resize(buffer->data, capacity) : NULL;
    if (data == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

bool buffer_reserve(struct buffer *buffer, size_t more) {
    if (buffer->failed)
        return false;
    if (more <= buffer->capacity - buffer->size)
        return true;

    size_t wanted = buffer->size + more;
    if (wanted < more || wanted > SIZE_MAX / 2) {
        buffer->failed = true;
        return false;
    }
    size_t capacity = buffer->capacity > 0 ? buffer->capacity * 2 : 256;
    return buffer_set_capacity(buffer, capacity < wanted ? wanted : capacity);
}

void buffer_append(struct buffer *buffer, const void *data, size_t size) {
    if (size == 0 || !buffer_reserve(buffer, size))
        return;
    memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
}

void buffer_append_bytes(struct buffer *buffer, struct bytes bytes) { buffer_append(buffer, bytes.data, bytes.size); }

void buffer_append_text(struct buffer *buffer, const char *text) { buffer_append(buffer, text, strlen(text)); }

void buffer_append_u8(struct buffer *buffer, uint8_t byte) { buffer_append(buffer, &byte, 1); }

void buffer_append_be32(struct buffer *buffer, uint32_t value) {
    uint8_t bytes[4];
    put_be32(bytes, value);
    buffer_append(buffer, bytes, sizeof bytes);
}

void buffer_append_be64(struct buffer *buffer, uint64_t value) {
    uint8_t bytes[8];
    put_be64(bytes, value);
    buffer_append(buffer, bytes, sizeof bytes);
}

void buffer_append_varint(struct buffer *buffer, uint64_t value) {
    uint8_t bytes[VARINT_BYTES_MAX];
    buffer_append(buffer, bytes, put_varint(bytes, value));
}

void buffer_append_udecimal(struct buffer *buffer, uint64_t value) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    buffer_append(buffer, digits + at, sizeof digits - at);
}

void buffer_append_decimal(struct buffer *buffer, int64_t value) {
    if (value < 0)
        buffer_append_u8(buffer, '-');
    buffer_append_udecimal(buffer, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    if (size >= 0 && buffer_reserve(buffer, (size_t)size + 1)) {
        vsnprintf(buffer->data + buffer->size, (size_t)size + 1, format, again);
        buffer->size += (size_t)size;
    }
    va_end(again);
}

void buffer_printf(struct buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    buffer_vprintf(buffer, format, arguments);
    va_end(arguments);
}

void buffer_clear(struct buffer *buffer) {
    buffer->size = 0;
    buffer->failed = false;
}

void buffer_finish(struct buffer *buffer) {
    mem_free(buffer->data);
    *buffer = (struct buffer){ 0 };
}

void buffer_move(struct buffer *to, struct buffer *from) {
    buffer_finish(to);
    *to = *from;
    *from = (struct buffer){ 0 };
}
