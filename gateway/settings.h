/* What a topic may be called and set to. Pure; any thread. */
#ifndef TAILRACE_GATEWAY_SETTINGS_H
#define TAILRACE_GATEWAY_SETTINGS_H

#include "base/bytes.h"
#include "storage/storage.h"

enum name_fault { NAME_GOOD, NAME_INVALID, NAME_RESERVED };

/* Names of topics and groups: [A-Za-z0-9._-], at most STORAGE_TOPIC_NAME_BYTES_MAX, not "." or ".."; those that begin with "__" are reserved. */
enum name_fault name_check(struct bytes name);

/* Whether names can begin with these bytes: none, or as many of the same as a name may have. */
bool name_prefix_check(struct bytes prefix);

/* The settings of a topic that its creator left open, on this engine. */
struct storage_settings settings_defaults(const struct storage *storage);

/* Whether a topic of this engine can keep what this ack promises; one that cannot refuses it by itself. */
bool settings_ack_supported(const struct storage *storage, enum storage_ack ack);

/* The ack of that name; false: there is none. */
bool settings_ack_parse(struct bytes text, enum storage_ack *ret_ack);

#endif
