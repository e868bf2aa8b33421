package io.paddock.minidirector.variable;

import java.util.Map;

/**
 * One version of a variable.
 *
 * @param value a string for passwords, an object for certificates, keys and users
 * @param createdAt ISO 8601, UTC, seconds
 */
public record Variable(
        String id, String name, String type, Object value, Map<String, Object> options, String createdAt) {

    /** Without the value. */
    @Override
    public String toString() {
        return "Variable[name=" + name + ", type=" + type + "]";
    }
}
