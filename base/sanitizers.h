/* Whether this is a build under a sanitizer, for the few places that help it to see: UNDER_ADDRESS_SANITIZER and
 * UNDER_THREAD_SANITIZER are 0 or 1. gcc says it with a macro, clang with a feature. */
#ifndef TAILRACE_BASE_SANITIZERS_H
#define TAILRACE_BASE_SANITIZERS_H

#ifdef __has_feature
#define SANITIZERS_FEATURE(name) __has_feature(name)
#else
#define SANITIZERS_FEATURE(name) 0
#endif

#if defined __SANITIZE_ADDRESS__ || SANITIZERS_FEATURE(address_sanitizer)
#define UNDER_ADDRESS_SANITIZER 1
#else
#define UNDER_ADDRESS_SANITIZER 0
#endif

#if defined __SANITIZE_THREAD__ || SANITIZERS_FEATURE(thread_sanitizer)
#define UNDER_THREAD_SANITIZER 1
#else
#define UNDER_THREAD_SANITIZER 0
#endif

#endif
