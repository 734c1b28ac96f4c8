/* Sizes, content, and the line ends between them. */
#include "tests/live/chunks.h"

static int digit_of(char byte) {
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static enum chunks_state end_size(struct chunks *chunks) {
    chunks->digits = 0;
    chunks->last = chunks->left == 0;
    return chunks->last ? CHUNKS_CR : CHUNKS_CONTENT;
}

/* One byte that is not content. */
static enum chunks_state step(struct chunks *chunks, char byte) {
    int digit = digit_of(byte);
    switch (chunks->state) {
    case CHUNKS_SIZE:
        if (byte == '\r' && chunks->digits > 0)
            return CHUNKS_SIZE_LF;
        if (digit < 0 || chunks->digits == 8)
            return CHUNKS_FAULTY;
        chunks->digits++;
        chunks->left = chunks->left << 4 | (unsigned)digit;
        return CHUNKS_SIZE;
    case CHUNKS_SIZE_LF: return byte == '\n' ? end_size(chunks) : CHUNKS_FAULTY;
    case CHUNKS_CR: return byte == '\r' ? CHUNKS_LF : CHUNKS_FAULTY;
    case CHUNKS_LF: return byte != '\n' ? CHUNKS_FAULTY : chunks->last ? CHUNKS_ENDED : CHUNKS_SIZE;
    case CHUNKS_CONTENT:
    case CHUNKS_ENDED:
    case CHUNKS_FAULTY: break;
    }
    return CHUNKS_FAULTY; /* bytes behind the last chunk */
}

struct bytes chunks_next(struct chunks *chunks, struct bytes *rest) {
    while (rest->size > 0 && chunks->state != CHUNKS_CONTENT && chunks->state != CHUNKS_FAULTY) {
        chunks->state = step(chunks, rest->data[0]);
        *rest = (struct bytes){ rest->data + 1, rest->size - 1 };
    }
    if (chunks->state != CHUNKS_CONTENT)
        return (struct bytes){ rest->data, 0 };

    size_t size = rest->size < chunks->left ? rest->size : (size_t)chunks->left;
    struct bytes content = { rest->data, size };
    *rest = (struct bytes){ rest->data + size, rest->size - size };
    chunks->left -= size;
    if (chunks->left == 0)
        chunks->state = CHUNKS_CR;
    return content;
}
