/* What a topic may be called and set to. Pure; any thread. */
#ifndef TAILRACE_GATEWAY_SETTINGS_H
#define TAILRACE_GATEWAY_SETTINGS_H

#include "base/bytes.h"
#include "storage/storage.h"

enum name_fault { NAME_GOOD, NAME_INVALID, NAME_RESERVED };

/* Names of topics and groups: [A-Za-z0-9._-]{1,200}, not "." or ".."; those that begin with "__" are reserved. */
enum name_fault name_check(struct bytes name);

/* Whether a name can begin so, or be so but for its rules on whole names: at most 200 of the same bytes, or none. */
bool name_part_check(struct bytes part);

/* The settings of a topic for which nothing was said, on this engine. */
struct storage_settings settings_defaults(const struct storage *storage);

/* Whether the engine keeps what this ack promises. */
bool settings_ack_supported(const struct storage *storage, enum storage_ack ack);

/* The ack of that name; false: there is none. */
bool settings_ack_parse(struct bytes text, enum storage_ack *ret_ack);

#endif
