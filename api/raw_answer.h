/* An answer on a socket that has no request: to a connection that is refused or cut before libmicrohttpd could
 * answer. */
#ifndef TAILRACE_API_RAW_ANSWER_H
#define TAILRACE_API_RAW_ANSWER_H

#include "api/problem.h"

/* Writes a whole problem answer, if the socket takes it at once, and says that nothing more will come. Never blocks. */
void raw_answer(int fd, enum problem_code code, enum problem_written written, const char *detail);

#endif
