/* Whether whole texts are UTF-8. */
#include "gateway/json/utf8.h"

#include "gateway/json/json.h"

bool utf8_valid(struct bytes text) {
    if (!bytes_present(text))
        return true; /* and to a pointer to nothing nothing can be added */

    const char *at = text.data;
    const char *end = text.data + text.size;
    while (at < end) {
        uint64_t block;
        if (end - at >= (ptrdiff_t)sizeof block) {
            memcpy(&block, at, sizeof block);
            if ((block & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof block;
                continue;
            }
        }
        size_t size = utf8_sequence_bytes(at, end);
        if (size == 0)
            return false;
        at += size;
    }

    return true;
}
