/* The hooks of a storage engine: the catalogue learns of topics, and whoever waits of events. */
#ifndef TAILRACE_GATEWAY_READ_HOOKS_H
#define TAILRACE_GATEWAY_READ_HOOKS_H

#include "gateway/gateway.h"

/* What a storage engine is to tell to, before it is opened; context is the gateway, whose topics and waiters are
 * there. */
struct storage_hooks gateway_hooks(struct gateway *gateway);

#endif
