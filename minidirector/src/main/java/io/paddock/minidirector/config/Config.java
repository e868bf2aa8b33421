package io.paddock.minidirector.config;

import org.jspecify.annotations.Nullable;

/**
 * A version of a named config.
 *
 * @param team that it belongs to; null for one of an administrator
 * @param createdAt as the director prints it, "2026-11-21 02:45:32 UTC"
 */
public record Config(
        long id,
        String type,
        String name,
        String content,
        @Nullable String team,
        String createdAt) {}
