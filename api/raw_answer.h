/* An answer on a socket that has no request: to a connection that is refused or cut before libmicrohttpd could
 * answer. */
#ifndef TAILRACE_API_RAW_ANSWER_H
#define TAILRACE_API_RAW_ANSWER_H

#include "api/problem.h"

/* Writes a whole problem answer, if the socket takes it at once, and says that nothing more will come. Never blocks. */
void raw_answer(int fd, enum problem_code code, enum problem_written written, const char *detail);

/* The same to a request of which nothing has been taken from the socket: unless it plainly begins with a method that
 * reads, it is told that nothing was written; the answer to HEAD has no body. */
void raw_answer_unread(int fd, enum problem_code code, const char *detail);

#endif
