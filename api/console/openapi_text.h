/* openapi.yaml of the project, as it was when the program was built. */
#ifndef TAILRACE_API_CONSOLE_OPENAPI_TEXT_H
#define TAILRACE_API_CONSOLE_OPENAPI_TEXT_H

#include "base/bytes.h"

/* Static. */
struct bytes openapi_text(void);

#endif
