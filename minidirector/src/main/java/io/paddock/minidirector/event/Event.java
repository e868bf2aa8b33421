package io.paddock.minidirector.event;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that was done, or begun: what ends it points to what began it.
 *
 * @param timestamp seconds since the epoch
 * @param parentId of the event that began it
 * @param instance group/id
 * @param error why it failed, if it did
 */
public record Event(
        long id,
        @Nullable Long parentId,
        long timestamp,
        String user,
        String action,
        String objectType,
        @Nullable String objectName,
        @Nullable Long task,
        @Nullable String deployment,
        @Nullable String instance,
        @Nullable String error,
        Map<String, Object> context) {}
