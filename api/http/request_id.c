/* Ids of requests. */
#include "api/http/request_id.h"

#include "api/http/request.h"

#include <sys/random.h>

bool request_id_valid(struct bytes id) {
    for (size_t i = 0; i < id.size; i++)
        if (id.data[i] < 0x21 || id.data[i] > 0x7e || id.data[i] == '"' || id.data[i] == '\\')
            return false;
    return id.size > 0 && id.size <= LIMIT_REQUEST_ID_BYTES;
}

void request_id_make(char ret_id[REQUEST_ID_MADE_BYTES + 1]) {
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv"; /* 32: five bits a byte */
    unsigned char random[REQUEST_ID_MADE_BYTES] = { 0 };
    ssize_t got = getrandom(random, sizeof random, GRND_NONBLOCK);
    (void)got; /* before the kernel's pool is ready it may be less random, which does no harm here */
    for (int i = 0; i < REQUEST_ID_MADE_BYTES; i++)
        ret_id[i] = digits[random[i] % 32];
    ret_id[REQUEST_ID_MADE_BYTES] = '\0';
}
