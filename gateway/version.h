/* What was built. Static texts. */
#ifndef TAILRACE_GATEWAY_VERSION_H
#define TAILRACE_GATEWAY_VERSION_H

const char *version_text(void);   /* "0.1.0" */
const char *version_commit(void); /* "4f1c2ab", with -dirty behind when the tree was changed; "unknown" without git */

#endif
