package io.paddock.minidirector.config;

/**
 * A version of a named config.
 *
 * @param createdAt as the director prints it, "2026-11-21 02:45:32 UTC"
 */
public record Config(long id, String type, String name, String content, String createdAt) {}
