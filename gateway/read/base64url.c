/* base64url: 6 bits a character, the highest first. */
#include "gateway/read/base64url.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_encode(struct bytes data, struct buffer *text) {
    uint32_t bits = 0;
    unsigned bit_count = 0;
    for (size_t i = 0; i < data.size; i++) {
        bits = bits << 8 | (uint8_t)data.data[i];
        for (bit_count += 8; bit_count >= 6; bit_count -= 6)
            buffer_append_u8(text, (uint8_t)alphabet[bits >> (bit_count - 6) & 0x3f]);
    }
    if (bit_count > 0)
        buffer_append_u8(text, (uint8_t)alphabet[bits << (6 - bit_count) & 0x3f]);
}

/* -1: not of the alphabet. */
static int value_of(char character) {
    if (character >= 'A' && character <= 'Z')
        return character - 'A';
    if (character >= 'a' && character <= 'z')
        return character - 'a' + 26;
    if (character >= '0' && character <= '9')
        return character - '0' + 52;
    return character == '-' ? 62 : character == '_' ? 63 : -1;
}

bool base64url_decode(struct bytes text, struct buffer *data) {
    uint32_t bits = 0;
    unsigned bit_count = 0;
    if (text.size % 4 == 1)
        return false;

    for (size_t i = 0; i < text.size; i++) {
        int value = value_of(text.data[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            buffer_append_u8(data, (uint8_t)(bits >> bit_count));
        }
    }

    return (bits & ((1u << bit_count) - 1)) == 0;
}
