/* JSON strings and their decoded text. */
#include "gateway/json/json.h"
#include "gateway/json/json_bytes.h"
#include "gateway/json/utf8.h"

static uint32_t hex_value(char digit) {
    if (digit <= '9')
        return (uint32_t)(digit - '0');
    return (uint32_t)((digit | 0x20) - 'a') + 10;
}

static uint32_t hex4(const char *digits) {
    return hex_value(digits[0]) << 12 | hex_value(digits[1]) << 8 | hex_value(digits[2]) << 4 | hex_value(digits[3]);
}

/* The decoded text of a string, piece by piece: a run without escapes, or one escape decoded. */
struct pieces {
    const char *at;
    const char *end; /* the closing quote */
    char decoded[UTF8_SEQUENCE_BYTES_MAX];
};

static struct pieces pieces_of(struct bytes string) {
    return (struct pieces){ .at = string.data + 1, .end = string.data + string.size - 1 };
}

static char short_escape(char letter) {
    switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return letter; /* a quote, a backslash, a slash */
    }
}

/* From behind `\u`. None for a lone surrogate. */
static struct bytes decode_code_point(struct pieces *pieces) {
    uint32_t code = hex4(pieces->at);
    pieces->at += 4;
    if (utf8_is_surrogate(code)) {
        bool escape_follows = pieces->end - pieces->at >= 6 && pieces->at[0] == '\\' && pieces->at[1] == 'u';
        uint32_t low = escape_follows ? hex4(pieces->at + 2) : 0;
        if (code >= 0xdc00 || low < 0xdc00 || low > 0xdfff)
            return BYTES_NONE;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        pieces->at += 6;
    }
    return (struct bytes){ .data = pieces->decoded, .size = utf8_put(pieces->decoded, code) };
}

/* The next piece (while at < end), valid until the one after it; none for a lone surrogate. */
static struct bytes pieces_next(struct pieces *pieces) {
    size_t left = (size_t)(pieces->end - pieces->at);
    if (*pieces->at != '\\') {
        const char *begin = pieces->at;
        const char *escape = memchr(begin, '\\', left);
        pieces->at = escape != NULL ? escape : pieces->end;
        return (struct bytes){ .data = begin, .size = (size_t)(pieces->at - begin) };
    }

    char letter = pieces->at[1];
    pieces->at += 2;
    if (letter == 'u')
        return decode_code_point(pieces);

    pieces->decoded[0] = short_escape(letter);
    return (struct bytes){ .data = pieces->decoded, .size = 1 };
}

bool json_decode_string(struct bytes string, struct buffer *buffer) {
    struct pieces pieces = pieces_of(string);
    while (pieces.at < pieces.end) {
        struct bytes piece = pieces_next(&pieces);
        if (!bytes_present(piece))
            return false;
        buffer_append_bytes(buffer, piece);
    }
    return true;
}

bool json_string_is(struct bytes string, struct bytes text) {
    struct pieces pieces = pieces_of(string);
    while (pieces.at < pieces.end) {
        struct bytes piece = pieces_next(&pieces);
        if (!bytes_present(piece) || piece.size > text.size || memcmp(piece.data, text.data, piece.size) != 0)
            return false;
        text.data += piece.size;
        text.size -= piece.size;
    }
    return text.size == 0;
}

static void append_escaped(struct buffer *buffer, char byte) {
    static const char hex[] = "0123456789abcdef";
    char escape[6] = { '\\', byte };
    size_t size = 2;
    switch (byte) {
    case '"':
    case '\\': break;
    case '\b': escape[1] = 'b'; break;
    case '\f': escape[1] = 'f'; break;
    case '\n': escape[1] = 'n'; break;
    case '\r': escape[1] = 'r'; break;
    case '\t': escape[1] = 't'; break;
    default:
        memcpy(escape + 1, "u00", 3);
        escape[4] = hex[(uint8_t)byte >> 4];
        escape[5] = hex[byte & 0x0f];
        size = sizeof escape;
    }

    buffer_append(buffer, escape, size);
}

void json_append_string(struct buffer *buffer, struct bytes text) {
    const char *at = text.data;
    const char *end = text.data + text.size;
    buffer_append_u8(buffer, '"');
    while (at < end) {
        size_t plain = json_plain_bytes(at, end, JSON_PLAIN_ANY);
        buffer_append(buffer, at, plain);
        at += plain;
        if (at < end)
            append_escaped(buffer, *at++);
    }
    buffer_append_u8(buffer, '"');
}
