/* Whether a write would be taken. */
#include "storage/rocksdb/health.h"

#include "base/clock.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/statvfs.h>

enum { REFRESH_INTERVAL_MS = 1000 };

static void refresh(struct health *health, int64_t now_ms) {
    struct statvfs file_system;
    if (statvfs(health->directory, &file_system) == 0)
        atomic_store(&health->free_bytes, (uint64_t)file_system.f_bavail * file_system.f_frsize);
    atomic_store(&health->refreshed_at_ms, now_ms);
}

enum status health_init(struct health *health, const char *directory, uint64_t free_bytes_min) {
    char *copy = mem_text(directory);
    if (copy == NULL)
        return STATUS_NO_MEMORY;
    *health = (struct health){ .directory = copy, .free_bytes_min = free_bytes_min };
    pthread_mutex_init(&health->lock, NULL);
    refresh(health, clock_monotonic_ms());
    return STATUS_OK;
}

void health_finish(struct health *health) {
    if (health->directory == NULL)
        return;
    mem_free(health->directory);
    pthread_mutex_destroy(&health->lock);
    health->directory = NULL;
}

void health_fail(struct health *health, const char *reason) {
    pthread_mutex_lock(&health->lock);
    if (!atomic_load(&health->failed))
        snprintf(health->reason, sizeof health->reason, "writes are disabled until a restart: %s", reason);
    atomic_store(&health->failed, true);
    pthread_mutex_unlock(&health->lock);
}

enum status health_check(struct health *health, char detail[STORAGE_DETAIL_BYTES]) {
    if (atomic_load(&health->failed)) {
        pthread_mutex_lock(&health->lock);
        memcpy(detail, health->reason, STORAGE_DETAIL_BYTES);
        pthread_mutex_unlock(&health->lock);
        return STATUS_READ_ONLY;
    }
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms - atomic_load(&health->refreshed_at_ms) >= REFRESH_INTERVAL_MS)
        refresh(health, now_ms);
    uint64_t free_bytes = atomic_load(&health->free_bytes);
    if (free_bytes >= health->free_bytes_min)
        return STATUS_OK;
    snprintf(detail, STORAGE_DETAIL_BYTES,
             "%" PRIu64 " bytes are free on the disk; writes need at least %" PRIu64 " (--min-free-bytes)", free_bytes,
             health->free_bytes_min);
    return STATUS_DISK_FULL;
}
