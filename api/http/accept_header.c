/* Accept headers. */
#include "api/http/accept_header.h"

#include <strings.h>

/* "0.25" in thousandths; what is malformed counts as 1, the default. */
static int quality(struct bytes parameters) {
    while (parameters.size > 0) {
        struct bytes parameter = bytes_trim(bytes_cut(&parameters, ';'));
        if (parameter.size < 3 || (parameter.data[0] | 0x20) != 'q' || parameter.data[1] != '=')
            continue;
        if (parameter.data[2] != '0')
            return 1000;
        int thousandths = 0;
        int unit = 100;
        for (size_t i = 4; i < parameter.size && i < 7; i++, unit /= 10)
            if (parameter.data[i] >= '0' && parameter.data[i] <= '9')
                thousandths += unit * (parameter.data[i] - '0');
        return thousandths;
    }
    return 1000;
}

int accept_header_choose(struct bytes header, const char *const *types, size_t type_count) {
    int best = -1;
    int best_quality = 0;
    while (header.size > 0) {
        struct bytes range = bytes_cut(&header, ',');
        struct bytes type = bytes_trim(bytes_cut(&range, ';'));
        int range_quality = quality(range);
        for (size_t i = 0; i < type_count; i++) {
            if (type.size != strlen(types[i]) || strncasecmp(type.data, types[i], type.size) != 0)
                continue;
            if (range_quality > best_quality) {
                best = (int)i;
                best_quality = range_quality;
            }
        }
    }
    return best;
}
